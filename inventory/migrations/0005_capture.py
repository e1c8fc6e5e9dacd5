"""Capture jobs, named queries and subscriptions of tracking events."""

import collab.organisations.owned
import collab.organisations.walls
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0004_tracking'),
        ('integration', '0005_webhooks'),
        ('organisations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='NamedQuery',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('parameters', models.JSONField()),
                ('created_at', models.DateTimeField()),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='QuerySubscription',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('schedule', models.JSONField(blank=True, null=True)),
                ('reports_if_empty', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('reached_at', models.DateTimeField()),
                ('reached', models.UUIDField()),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('last_at', models.DateTimeField(blank=True, null=True)),
                ('rounds', models.PositiveIntegerField(default=0)),
                ('endpoint', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integration.webhookendpoint')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('query', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.namedquery')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='CaptureJob',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('behaviour', models.CharField(choices=[('rollback', 'Everything or nothing'), ('proceed', 'The good events')], default='rollback', max_length=8)),
                ('created_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('is_running', models.BooleanField(default=True)),
                ('is_success', models.BooleanField(default=True)),
                ('events', models.PositiveIntegerField(default=0)),
                ('recorded', models.PositiveIntegerField(default=0)),
                ('known', models.PositiveIntegerField(default=0)),
                ('refused', models.PositiveIntegerField(default=0)),
                ('errors', models.JSONField(default=list)),
                ('message', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='integration.inboundmessage')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['owner', '-id'], name='inventory_capture_newest')],
                'constraints': [collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_capturejob_walls'), collab.organisations.walls.SameOwner(field='message', name='inventory_capturejob_message_owner', on_delete='NO ACTION')],
            },
        ),
        migrations.AddConstraint(
            model_name='namedquery',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_namedquery_walls'),
        ),
        migrations.AddConstraint(
            model_name='namedquery',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='inventory_namedquery_name'),
        ),
        migrations.AddIndex(
            model_name='querysubscription',
            index=models.Index(fields=['owner', 'next_at'], name='inventory_subscription_due'),
        ),
        migrations.AddConstraint(
            model_name='querysubscription',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_querysubscription_walls'),
        ),
        migrations.AddConstraint(
            model_name='querysubscription',
            constraint=collab.organisations.walls.SameOwner(field='query', name='inventory_querysubscription_query_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='querysubscription',
            constraint=collab.organisations.walls.SameOwner(field='endpoint', name='inventory_querysubscription_endpoint_owner', on_delete='NO ACTION'),
        ),
    ]
