"""Disruption notices: rows per recipient, versions, trails, acceptances."""

import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0009_buffers"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DisruptionNotice',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('cause', models.CharField(choices=[('strike', 'Strike'), ('natural-disaster', 'Natural disaster'), ('production-incident', 'Production incident'), ('pandemic-or-epidemic', 'Pandemic or epidemic'), ('logistics-disruption', 'Logistics disruption'), ('war', 'War'), ('insolvency', 'Insolvency'), ('other', 'Other')], max_length=24)),
                ('effect', models.CharField(choices=[('demand-reduction', 'Less demand'), ('demand-increase', 'More demand'), ('capacity-reduction', 'Less capacity'), ('capacity-increase', 'More capacity')], max_length=20)),
                ('state', models.CharField(choices=[('open', 'Open'), ('resolved', 'Resolved')], default='open', max_length=8)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('text', models.CharField(max_length=4000)),
                ('resolution', models.CharField(blank=True, max_length=4000)),
                ('resolved_at', models.DateTimeField(blank=True, null=True)),
                ('sites', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('partner_sites', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('partner_parts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(blank=True, max_length=40), blank=True, default=list, size=None)),
                ('source_id', models.UUIDField()),
                ('related_id', models.UUIDField(blank=True, null=True)),
                ('origin', models.CharField(choices=[('screen', 'Screen'), ('api', 'API'), ('catenax', 'Catena-X')], default='screen', max_length=8)),
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
            name='NoticeAcceptance',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('notice_id', models.UUIDField()),
                ('accepted_at', models.DateTimeField()),
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
            name='NoticeTrail',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('received_id', models.UUIDField()),
                ('notice', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.disruptionnotice')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='NoticeVersion',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('stated_at', models.DateTimeField()),
                ('facts', models.JSONField()),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('notice', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.disruptionnotice')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='disruptionnotice',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='inventory_notice_own'),
        ),
        migrations.AddIndex(
            model_name='disruptionnotice',
            index=models.Index(fields=['owner', 'counterparty', '-changed_at', '-id'], name='inventory_notice_shared'),
        ),
        migrations.AddIndex(
            model_name='disruptionnotice',
            index=models.Index(fields=['related_id'], name='inventory_notice_related'),
        ),
        migrations.AddConstraint(
            model_name='disruptionnotice',
            constraint=collab.sharing.walls.Walls(name='inventory_disruptionnotice_walls', topic='inventory.notice'),
        ),
        migrations.AddConstraint(
            model_name='disruptionnotice',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'number'), name='inventory_notice_number'),
        ),
        migrations.AddConstraint(
            model_name='disruptionnotice',
            constraint=models.UniqueConstraint(condition=models.Q(('sender_key', ''), _negated=True), fields=('owner', 'counterparty', 'sender_key'), name='inventory_notice_sender'),
        ),
        migrations.AddConstraint(
            model_name='disruptionnotice',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gte', models.F('starts_at')), _connector='OR'), name='inventory_notice_window'),
        ),
        migrations.AddConstraint(
            model_name='disruptionnotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', True), ('state', 'open')), models.Q(('resolved_at__isnull', False), ('state', 'resolved'), models.Q(('resolution', ''), _negated=True)), _connector='OR'), name='inventory_notice_resolution'),
        ),
        migrations.AddConstraint(
            model_name='noticeacceptance',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_noticeacceptance_walls'),
        ),
        migrations.AddConstraint(
            model_name='noticeacceptance',
            constraint=models.UniqueConstraint(fields=('owner', 'notice_id'), name='inventory_noticeacceptance_once'),
        ),
        migrations.AddIndex(
            model_name='noticetrail',
            index=models.Index(fields=['owner', 'received_id'], name='inventory_noticetrail_received'),
        ),
        migrations.AddConstraint(
            model_name='noticetrail',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_noticetrail_walls'),
        ),
        migrations.AddConstraint(
            model_name='noticetrail',
            constraint=collab.organisations.walls.SameOwner(field='notice', name='inventory_noticetrail_notice_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='noticetrail',
            constraint=models.UniqueConstraint(fields=('owner', 'notice'), name='inventory_noticetrail_once'),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=collab.sharing.walls.Walls(name='inventory_noticeversion_walls', topic='inventory.notice'),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=collab.organisations.walls.SameOwner(field='notice', name='inventory_noticeversion_notice_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='noticeversion',
            constraint=models.UniqueConstraint(fields=('owner', 'notice', 'number'), name='inventory_noticeversion_number'),
        ),
    ]
