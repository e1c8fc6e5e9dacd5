"""Holds followed thing by thing and passed on; what devices rode on before; names joined."""

import collab.organisations.owned
import collab.organisations.walls
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0014_refresh'),
        ('masterdata', '0001_initial'),
        ('organisations', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DeviceAttachment',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('thing', models.CharField(blank=True, max_length=250)),
                ('load_id', models.UUIDField(blank=True, null=True)),
                ('load_number', models.CharField(blank=True, max_length=35)),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='FollowedThing',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('hold', models.UUIDField()),
                ('thing', models.CharField(max_length=250)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='ThingName',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('alias', models.CharField(max_length=250)),
                ('thing', models.CharField(max_length=250)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.RemoveConstraint(
            model_name='heldstock',
            name='inventory_heldstock_key',
        ),
        migrations.AddField(
            model_name='heldstock',
            name='kind',
            field=models.CharField(choices=[('free', 'Free'), ('blocked', 'Blocked'), ('consigned', 'Consigned'), ('vmi', 'Vendor-managed')], default='free', max_length=10),
        ),
        migrations.AddField(
            model_name='lothold',
            name='follows',
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name='heldstock',
            constraint=models.UniqueConstraint(fields=('owner', 'thing', 'part', 'site', 'counterparty', 'kind'), name='inventory_heldstock_key'),
        ),
        migrations.AddConstraint(
            model_name='heldstock',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'blocked'), _negated=True), name='inventory_heldstock_kind'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=models.UniqueConstraint(condition=models.Q(('follows__isnull', False), ('state', 'blocked')), fields=('owner', 'follows'), name='inventory_lothold_passed_once'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=models.CheckConstraint(condition=models.Q(('follows__isnull', True), ('owner', models.F('counterparty')), _connector='OR'), name='inventory_lothold_follows'),
        ),
        migrations.AddField(
            model_name='deviceattachment',
            name='counterparty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='deviceattachment',
            name='device',
            field=collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.device'),
        ),
        migrations.AddField(
            model_name='deviceattachment',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='deviceattachment',
            name='site',
            field=collab.organisations.owned.OwnedForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site'),
        ),
        migrations.AddField(
            model_name='followedthing',
            name='counterparty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='followedthing',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='thingname',
            name='counterparty',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='thingname',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddConstraint(
            model_name='deviceattachment',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_deviceattachment_walls'),
        ),
        migrations.AddConstraint(
            model_name='deviceattachment',
            constraint=collab.organisations.walls.SameOwner(field='device', name='inventory_deviceattachment_device_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='deviceattachment',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_deviceattachment_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='deviceattachment',
            constraint=models.UniqueConstraint(fields=('owner', 'device', 'began_at'), name='inventory_attachment_once'),
        ),
        migrations.AddConstraint(
            model_name='deviceattachment',
            constraint=models.CheckConstraint(condition=models.Q(('began_at__lt', models.F('ended_at'))), name='inventory_attachment_order'),
        ),
        migrations.AddIndex(
            model_name='followedthing',
            index=models.Index(fields=['owner', 'hold'], name='inventory_followedthing_hold'),
        ),
        migrations.AddConstraint(
            model_name='followedthing',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', is_referenced=False, name='inventory_followedthing_walls'),
        ),
        migrations.AddConstraint(
            model_name='followedthing',
            constraint=models.UniqueConstraint(fields=('owner', 'thing', 'hold'), name='inventory_followedthing_once'),
        ),
        migrations.AddIndex(
            model_name='thingname',
            index=models.Index(fields=['owner', 'alias'], name='inventory_thingname_alias'),
        ),
        migrations.AddConstraint(
            model_name='thingname',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_thingname_walls'),
        ),
        migrations.AddConstraint(
            model_name='thingname',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'alias'), name='inventory_thingname_once'),
        ),
    ]
