"""Recursive requests for data in a disruption, their origins and their answers."""

import collab.organisations.owned
import collab.organisations.walls
import django.contrib.postgres.fields
import django.db.models.deletion
import inventory.models.requests
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0012_genealogy"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DataRequest',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('criticality', models.CharField(choices=[('low', 'Low'), ('medium', 'Medium'), ('high', 'High')], default='medium', max_length=6)),
                ('cause', models.CharField(choices=[('strike', 'Strike'), ('natural-disaster', 'Natural disaster'), ('production-incident', 'Production incident'), ('pandemic-or-epidemic', 'Pandemic or epidemic'), ('logistics-disruption', 'Logistics disruption'), ('war', 'War'), ('insolvency', 'Insolvency'), ('other', 'Other')], max_length=24)),
                ('effect', models.CharField(choices=[('demand-reduction', 'Less demand'), ('demand-increase', 'More demand'), ('capacity-reduction', 'Less capacity'), ('capacity-increase', 'More capacity')], max_length=20)),
                ('text', models.CharField(blank=True, max_length=1000)),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('partner_parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(blank=True, max_length=40), size=None)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ending', models.CharField(blank=True, choices=[('notice', 'The disruption is over'), ('date', 'Its date has come'), ('withdrawn', 'Taken back'), ('above', 'What it answers has ended')], max_length=9)),
                ('chain', models.TextField(editable=False)),
                ('sender_key', models.CharField(blank=True, max_length=120)),
                ('created_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='RequestOrigin',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('notice_id', models.UUIDField(blank=True, null=True)),
                ('received_id', models.UUIDField(blank=True, null=True)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('request', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='origins', to='inventory.datarequest')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='DataAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('request_id', models.UUIDField()),
                ('number', models.PositiveIntegerField()),
                ('decision', models.CharField(choices=[('approved', 'Approved'), ('declined', 'Declined')], max_length=8)),
                ('figures', models.JSONField(default=list)),
                ('nodes', models.JSONField(default=list)),
                ('gaps', models.JSONField(default=dict)),
                ('is_final', models.BooleanField(default=False)),
                ('as_of', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['owner', '-as_of', '-id'], name='inventory_dataanswer_own'), models.Index(fields=['owner', 'counterparty', '-as_of', '-id'], name='inventory_dataanswer_shared'), models.Index(fields=['request_id'], name='inventory_dataanswer_request')],
                'constraints': [inventory.models.requests.CrisisWalls(name='inventory_dataanswer_walls', topic='inventory.request'), models.UniqueConstraint(fields=('owner', 'request_id'), name='inventory_dataanswer_once'), models.CheckConstraint(condition=models.Q(('decision', 'approved'), models.Q(('figures', []), ('gaps', {}), ('is_final', False), ('nodes', [])), _connector='OR'), name='inventory_dataanswer_declined')],
            },
        ),
        migrations.AddIndex(
            model_name='datarequest',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='inventory_request_own'),
        ),
        migrations.AddIndex(
            model_name='datarequest',
            index=models.Index(fields=['owner', 'counterparty', '-changed_at', '-id'], name='inventory_request_shared'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=inventory.models.requests.CrisisWalls(name='inventory_datarequest_walls', topic='inventory.request'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'number'), name='inventory_request_number'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.UniqueConstraint(condition=models.Q(('sender_key', ''), _negated=True), fields=('owner', 'counterparty', 'sender_key'), name='inventory_request_sender'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at')), ('due_at__lte', models.F('ends_at'))), name='inventory_request_window'),
        ),
        migrations.AddConstraint(
            model_name='datarequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ending', '')), models.Q(('ended_at__isnull', False), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='inventory_request_ending'),
        ),
        migrations.AddIndex(
            model_name='requestorigin',
            index=models.Index(fields=['owner', 'received_id'], name='inventory_requestorigin_above'),
        ),
        migrations.AddIndex(
            model_name='requestorigin',
            index=models.Index(fields=['owner', 'notice_id'], name='inventory_requestorigin_notice'),
        ),
        migrations.AddConstraint(
            model_name='requestorigin',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_requestorigin_walls'),
        ),
        migrations.AddConstraint(
            model_name='requestorigin',
            constraint=collab.organisations.walls.SameOwner(field='request', name='inventory_requestorigin_request_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='requestorigin',
            constraint=models.UniqueConstraint(fields=('owner', 'request'), name='inventory_requestorigin_once'),
        ),
        migrations.AddConstraint(
            model_name='requestorigin',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('notice_id__isnull', False), ('received_id__isnull', True)), models.Q(('notice_id__isnull', True), ('received_id__isnull', False)), _connector='OR'), name='inventory_requestorigin_one'),
        ),
    ]
