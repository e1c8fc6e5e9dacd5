"""Partners: shares of consumption, bands, planned receipts, aspects from partners."""

import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0007_receipts"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
    ]

    operations = [
        migrations.CreateModel(
            name='Consumption',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('stock_kind', models.CharField(choices=[('free', 'Free'), ('blocked', 'Blocked'), ('consigned', 'Consigned'), ('vmi', 'Vendor-managed')], default='free', max_length=10)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('uncovered', models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ('split', models.JSONField(default=list)),
                ('unit', models.CharField(max_length=3)),
                ('document', models.CharField(max_length=60)),
                ('consumed_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('site', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='MaterialTwin',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('asset_id', models.UUIDField()),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='QuotedConsumption',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('partner_part_number', models.CharField(blank=True, max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('left', models.DecimalField(decimal_places=3, max_digits=18)),
                ('unit', models.CharField(max_length=3)),
                ('consumed_at', models.DateTimeField()),
                ('consumption', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.consumption')),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SiteAddress',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('bpna', models.CharField(max_length=16)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('site', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='StatedAspect',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('model', models.CharField(max_length=40)),
                ('direction', models.CharField(blank=True, max_length=8)),
                ('document', models.TextField()),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('received_at', models.DateTimeField(auto_now=True)),
                ('message_id', models.UUIDField()),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='SupplyShare',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('percent', models.DecimalField(decimal_places=4, max_digits=7)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('partner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('site', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='VmiBand',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('partner_part_number', models.CharField(blank=True, max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('unit', models.CharField(max_length=3)),
                ('measure', models.CharField(choices=[('pieces', 'Pieces'), ('days', 'Days of supply')], default='pieces', max_length=6)),
                ('minimum', models.DecimalField(decimal_places=3, max_digits=18)),
                ('maximum', models.DecimalField(decimal_places=3, max_digits=18)),
                ('lead_days', models.PositiveSmallIntegerField(default=0)),
                ('on_hand', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('observed_at', models.DateTimeField(blank=True, null=True)),
                ('projected_from', models.DateField(blank=True, null=True)),
                ('projected_stock', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=3, max_digits=18), blank=True, default=list, size=None)),
                ('projected_demand', django.contrib.postgres.fields.ArrayField(base_field=models.DecimalField(decimal_places=3, max_digits=18), blank=True, default=list, size=None)),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('site', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='VmiReceipt',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('band_id', models.UUIDField()),
                ('part_number', models.CharField(max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('on', models.DateField()),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=18)),
                ('unit', models.CharField(max_length=3)),
                ('planned_at', models.DateTimeField(auto_now=True)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='consumption',
            index=models.Index(fields=['owner', '-consumed_at', '-id'], name='inventory_consumption_new'),
        ),
        migrations.AddConstraint(
            model_name='consumption',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_consumption_walls'),
        ),
        migrations.AddConstraint(
            model_name='consumption',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_consumption_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='consumption',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_consumption_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='consumption',
            constraint=models.UniqueConstraint(fields=('owner', 'document'), name='inventory_consumption_document'),
        ),
        migrations.AddConstraint(
            model_name='materialtwin',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_materialtwin_walls'),
        ),
        migrations.AddConstraint(
            model_name='materialtwin',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_materialtwin_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='materialtwin',
            constraint=models.UniqueConstraint(fields=('owner', 'partner', 'part'), name='inventory_materialtwin_part'),
        ),
        migrations.AddConstraint(
            model_name='materialtwin',
            constraint=models.UniqueConstraint(fields=('owner', 'partner', 'asset_id'), name='inventory_materialtwin_asset'),
        ),
        migrations.AddIndex(
            model_name='quotedconsumption',
            index=models.Index(fields=['owner', '-consumed_at', '-id'], name='inventory_quoted_own'),
        ),
        migrations.AddIndex(
            model_name='quotedconsumption',
            index=models.Index(fields=['owner', 'counterparty', '-consumed_at', '-id'], name='inventory_quoted_shared'),
        ),
        migrations.AddConstraint(
            model_name='quotedconsumption',
            constraint=collab.sharing.walls.Walls(name='inventory_quotedconsumption_walls', topic='inventory.vmi'),
        ),
        migrations.AddConstraint(
            model_name='quotedconsumption',
            constraint=collab.organisations.walls.SameOwner(field='consumption', name='inventory_quotedconsumption_consumption_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='quotedconsumption',
            constraint=models.UniqueConstraint(fields=('owner', 'consumption', 'counterparty'), name='inventory_quoted_key'),
        ),
        migrations.AddConstraint(
            model_name='siteaddress',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_siteaddress_walls'),
        ),
        migrations.AddConstraint(
            model_name='siteaddress',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_siteaddress_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='siteaddress',
            constraint=models.UniqueConstraint(fields=('owner', 'site'), name='inventory_siteaddress_site'),
        ),
        migrations.AddConstraint(
            model_name='statedaspect',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_statedaspect_walls'),
        ),
        migrations.AddConstraint(
            model_name='statedaspect',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_statedaspect_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='statedaspect',
            constraint=models.UniqueConstraint(fields=('owner', 'partner', 'part', 'model', 'direction'), name='inventory_statedaspect_key'),
        ),
        migrations.AddConstraint(
            model_name='supplyshare',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_supplyshare_walls'),
        ),
        migrations.AddConstraint(
            model_name='supplyshare',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_supplyshare_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='supplyshare',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_supplyshare_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='supplyshare',
            constraint=models.UniqueConstraint(fields=('owner', 'part', 'site', 'partner'), name='inventory_supplyshare_key'),
        ),
        migrations.AddConstraint(
            model_name='supplyshare',
            constraint=models.CheckConstraint(condition=models.Q(('percent__gt', 0), ('percent__lte', 100)), name='inventory_supplyshare_percent'),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=collab.sharing.walls.Walls(name='inventory_vmiband_walls', topic='inventory.vmi'),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_vmiband_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_vmiband_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'part', 'site'), name='inventory_vmiband_key'),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=models.CheckConstraint(condition=models.Q(('maximum__gte', models.F('minimum')), ('minimum__gte', 0)), name='inventory_vmiband_band'),
        ),
        migrations.AddConstraint(
            model_name='vmireceipt',
            constraint=collab.sharing.walls.Walls(name='inventory_vmireceipt_walls', topic='inventory.vmi'),
        ),
        migrations.AddConstraint(
            model_name='vmireceipt',
            constraint=models.UniqueConstraint(fields=('owner', 'band_id', 'on'), name='inventory_vmi_day'),
        ),
        migrations.AddConstraint(
            model_name='vmireceipt',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gt', 0)), name='inventory_vmi_quantity'),
        ),
    ]
