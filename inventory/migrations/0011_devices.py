"""Devices and their credentials, readings in months, limits, seals and who looked at them."""

import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from collab.organisations.partitions import CreatePartitionedModel


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0010_notices"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='trackingcorrection',
            name='reason',
            field=models.CharField(choices=[('conflict', 'Same event, other content'), ('refused', 'Event not taken'), ('foreign', 'Place of another organisation'), ('read_point', 'Unknown read point'), ('product', 'Unknown product'), ('unit', 'Unknown unit'), ('tag', 'Tag that says nothing'), ('device', 'Unknown device')], max_length=10),
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=80)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('kind', models.CharField(choices=[('sensor', 'Sensor'), ('reader', 'Reader'), ('seal', 'Electronic seal'), ('tracker', 'Position tracker'), ('gateway', 'Gateway')], default='sensor', max_length=10)),
                ('thing', models.CharField(blank=True, max_length=250)),
                ('load_id', models.UUIDField(blank=True, null=True)),
                ('load_number', models.CharField(blank=True, max_length=35)),
                ('attached_at', models.DateTimeField()),
                ('is_active', models.BooleanField(default=True)),
                ('session', models.CharField(choices=[('never', 'No session yet'), ('online', 'Online'), ('offline', 'Offline')], default='never', max_length=8)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                ('battery_percent', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('per_minute', models.PositiveIntegerField(default=60)),
                ('burst', models.PositiveIntegerField(default=600)),
                ('tokens', models.FloatField(default=600)),
                ('refilled_at', models.DateTimeField()),
                ('is_throttled', models.BooleanField(default=False)),
                ('throttled_at', models.DateTimeField(blank=True, null=True)),
                ('throttled_count', models.PositiveBigIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('site', collab.organisations.owned.OwnedForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='DeviceCredential',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('password_hash', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('device', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.device')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='LatestReading',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('device_code', models.CharField(max_length=80)),
                ('metric', models.CharField(max_length=60)),
                ('number', models.FloatField(blank=True, null=True)),
                ('text', models.CharField(blank=True, max_length=250)),
                ('unit', models.CharField(blank=True, max_length=12)),
                ('sensed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('reading', models.UUIDField()),
                ('thing', models.CharField(blank=True, max_length=250)),
                ('least', models.FloatField(blank=True, null=True)),
                ('most', models.FloatField(blank=True, null=True)),
                ('side', models.CharField(blank=True, choices=[('', 'Within limits'), ('low', 'Too low'), ('high', 'Too high')], default='', max_length=4)),
                ('beyond_since', models.DateTimeField(blank=True, null=True)),
                ('is_breached', models.BooleanField(default=False)),
                ('judged', models.UUIDField(blank=True, null=True)),
                ('shown_at', models.DateTimeField()),
                ('counterparty', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('device', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.device')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ReadingSeen',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField(max_length=16)),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Seal',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.CharField(max_length=40)),
                ('advice_id', models.UUIDField()),
                ('advice_number', models.CharField(max_length=35)),
                ('shipment_number', models.CharField(blank=True, max_length=35)),
                ('is_high_risk', models.BooleanField(default=False)),
                ('allowed_sites', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('allowed_days', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('opens_from', models.TimeField(blank=True, null=True)),
                ('opens_until', models.TimeField(blank=True, null=True)),
                ('timezone', models.CharField(default='UTC', max_length=40)),
                ('state', models.CharField(choices=[('closed', 'Closed'), ('released', 'Released'), ('opened', 'Opened'), ('removed', 'Taken off')], default='closed', max_length=8)),
                ('lane', models.CharField(blank=True, choices=[('', 'Not looked at'), ('green', 'Green lane'), ('red', 'Red lane')], default='', max_length=5)),
                ('needs_inspection', models.BooleanField(default=False)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('applied_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('device', collab.organisations.owned.OwnedForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='inventory.device')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('tracker', collab.organisations.owned.OwnedForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='inventory.device')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SealScan',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('seal', models.UUIDField()),
                ('seal_number', models.CharField(max_length=40)),
                ('place', models.CharField(choices=[('gate', 'Gate'), ('depot', 'Depot'), ('cross_dock', 'Cross-dock'), ('consignee', 'Consignee'), ('inspection', 'Second inspection'), ('device', 'The seal itself')], max_length=10)),
                ('site_code', models.CharField(blank=True, max_length=20)),
                ('number_read', models.CharField(blank=True, max_length=40)),
                ('is_open', models.BooleanField(default=False)),
                ('scanned_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField()),
                ('lane', models.CharField(choices=[('', 'Not looked at'), ('green', 'Green lane'), ('red', 'Red lane')], max_length=5)),
                ('findings', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('note', models.CharField(blank=True, max_length=250)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SensorLimit',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('metric', models.CharField(max_length=60)),
                ('unit', models.CharField(blank=True, max_length=12)),
                ('least', models.FloatField(blank=True, null=True)),
                ('most', models.FloatField(blank=True, null=True)),
                ('duration_s', models.PositiveIntegerField(default=0)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('warning', 'Warning'), ('info', 'For information')], default='warning', max_length=8)),
                ('thing', models.CharField(blank=True, max_length=250)),
                ('device_kind', models.CharField(blank=True, choices=[('sensor', 'Sensor'), ('reader', 'Reader'), ('seal', 'Electronic seal'), ('tracker', 'Position tracker'), ('gateway', 'Gateway')], max_length=10)),
                ('version', models.PositiveIntegerField(default=1)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        CreatePartitionedModel(
            name='SensorReading',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('device_id', models.UUIDField()),
                ('metric', models.CharField(max_length=60)),
                ('number', models.FloatField(blank=True, null=True)),
                ('text', models.CharField(blank=True, max_length=250)),
                ('unit', models.CharField(blank=True, max_length=12)),
                ('sensed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField()),
                ('sequence', models.BigIntegerField(blank=True, null=True)),
                ('thing', models.CharField(blank=True, max_length=250)),
                ('source', models.CharField(max_length=40)),
                ('counterparty', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(condition=models.Q(('thing', ''), _negated=True), fields=['owner', 'thing'], name='inventory_device_thing'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_device_walls'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_device_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(fields=('owner', 'code'), name='inventory_device_code'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('thing', ''), models.Q(('load_id__isnull', True), ('site__isnull', True)), _connector='OR'), models.Q(('load_id__isnull', True), ('site__isnull', True), _connector='OR')), name='inventory_device_one_place'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.CheckConstraint(condition=models.Q(('per_minute__gte', 1), ('burst__gte', 1)), name='inventory_device_allowance'),
        ),
        migrations.AddIndex(
            model_name='devicecredential',
            index=models.Index(fields=['owner', 'device', '-id'], name='inventory_credential_device'),
        ),
        migrations.AddConstraint(
            model_name='devicecredential',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_devicecredential_walls'),
        ),
        migrations.AddConstraint(
            model_name='devicecredential',
            constraint=collab.organisations.walls.SameOwner(field='device', name='inventory_devicecredential_device_owner', on_delete='CASCADE'),
        ),
        migrations.AddIndex(
            model_name='latestreading',
            index=models.Index(fields=['counterparty', 'owner', '-sensed_at', '-id'], name='inventory_latest_shared'),
        ),
        migrations.AddIndex(
            model_name='latestreading',
            index=models.Index(condition=models.Q(('thing', ''), _negated=True), fields=['owner', 'thing', 'metric'], name='inventory_latest_thing'),
        ),
        migrations.AddConstraint(
            model_name='latestreading',
            constraint=collab.sharing.walls.Walls(is_referenced=False, name='inventory_latestreading_walls', topic='inventory.sensor'),
        ),
        migrations.AddConstraint(
            model_name='latestreading',
            constraint=collab.organisations.walls.SameOwner(field='device', name='inventory_latestreading_device_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='latestreading',
            constraint=models.UniqueConstraint(fields=('owner', 'device', 'metric'), name='inventory_latest_reading'),
        ),
        migrations.AddConstraint(
            model_name='readingseen',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', is_referenced=False, name='inventory_readingseen_walls'),
        ),
        migrations.AddIndex(
            model_name='seal',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='inventory_seal_newest'),
        ),
        migrations.AddIndex(
            model_name='seal',
            index=models.Index(fields=['counterparty', 'owner', '-changed_at', '-id'], name='inventory_seal_shared'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=collab.sharing.walls.Walls(name='inventory_seal_walls', topic='inventory.sensor'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=collab.organisations.walls.SameOwner(field='device', name='inventory_seal_device_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=collab.organisations.walls.SameOwner(field='tracker', name='inventory_seal_tracker_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.UniqueConstraint(fields=('owner', 'advice_id', 'number'), name='inventory_seal_number'),
        ),
        migrations.AddConstraint(
            model_name='seal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('opens_from__isnull', True), ('opens_until__isnull', True)), models.Q(('opens_from__isnull', False), ('opens_until__isnull', False)), _connector='OR'), name='inventory_seal_hours'),
        ),
        migrations.AddIndex(
            model_name='sealscan',
            index=models.Index(fields=['counterparty', 'owner', '-scanned_at', '-id'], name='inventory_scan_shared'),
        ),
        migrations.AddConstraint(
            model_name='sealscan',
            constraint=collab.sharing.walls.Walls(name='inventory_sealscan_walls', topic='inventory.sensor'),
        ),
        migrations.AddConstraint(
            model_name='sealscan',
            constraint=models.UniqueConstraint(fields=('owner', 'seal', 'place', 'scanned_at'), name='inventory_scan_once'),
        ),
        migrations.AddConstraint(
            model_name='sensorlimit',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_sensorlimit_walls'),
        ),
        migrations.AddConstraint(
            model_name='sensorlimit',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_sensorlimit_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='sensorlimit',
            constraint=models.UniqueConstraint(fields=('owner', 'metric', 'thing', 'part', 'device_kind'), name='inventory_limit_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='sensorlimit',
            constraint=models.CheckConstraint(condition=models.Q(('least__isnull', False), ('most__isnull', False), _connector='OR'), name='inventory_limit_says_something'),
        ),
        migrations.AddConstraint(
            model_name='sensorlimit',
            constraint=models.CheckConstraint(condition=models.Q(('least__isnull', True), ('most__isnull', True), ('least__lt', models.F('most')), _connector='OR'), name='inventory_limit_order'),
        ),
        migrations.AddIndex(
            model_name='sensorreading',
            index=models.Index(fields=['owner', 'device_id', 'metric', 'id'], name='inventory_reading_history'),
        ),
        migrations.AddIndex(
            model_name='sensorreading',
            index=models.Index(fields=['counterparty', 'owner', 'id'], name='inventory_reading_shared'),
        ),
        migrations.AddIndex(
            model_name='sensorreading',
            index=django.contrib.postgres.indexes.BrinIndex(autosummarize=True, fields=['sensed_at'], name='inventory_reading_time', pages_per_range=32),
        ),
        migrations.AddConstraint(
            model_name='sensorreading',
            constraint=collab.sharing.walls.Walls(is_referenced=False, name='inventory_sensorreading_walls', topic='inventory.sensor'),
        ),
    ]
