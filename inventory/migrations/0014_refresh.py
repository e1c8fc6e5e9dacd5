"""Figures asked of partners again and again; consumption that is taken back; signal levels."""

import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integration', '0005_webhooks'),
        ('inventory', '0013_requests'),
        ('masterdata', '0001_initial'),
        ('organisations', '0001_initial'),
        ('sharing', '0003_pause'),
    ]

    operations = [
        migrations.CreateModel(
            name='PartnerRefresh',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('partner_part_number', models.CharField(blank=True, max_length=40)),
                ('kind', models.CharField(choices=[('stock', 'Stock'), ('days', 'Days of supply'), ('deliveries', 'Deliveries'), ('output', 'Planned output')], max_length=10)),
                ('direction', models.CharField(choices=[('outbound', 'Partner supplies'), ('inbound', 'Partner receives')], max_length=8)),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('stopped', 'Stopped, not used')], default='active', max_length=7)),
                ('idle_days', models.PositiveSmallIntegerField(default=14)),
                ('used_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(blank=True, null=True)),
                ('figure_at', models.DateTimeField(blank=True, null=True)),
                ('result', models.CharField(choices=[('none', 'Not asked yet'), ('waiting', 'Asked'), ('answered', 'Answered'), ('unanswered', 'No answer'), ('unreached', 'Could not be asked')], default='none', max_length=10)),
                ('missed', models.PositiveSmallIntegerField(default=0)),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='RefreshAddress',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='RefreshResult',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('night', models.DateField()),
                ('asked', models.PositiveIntegerField(default=0)),
                ('fresh', models.PositiveIntegerField(default=0)),
                ('unanswered', models.PositiveIntegerField(default=0)),
                ('unreached', models.PositiveIntegerField(default=0)),
                ('stopped', models.PositiveIntegerField(default=0)),
                ('fault', models.CharField(blank=True, max_length=200)),
                ('ended_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='consumption',
            name='cancel_reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='consumption',
            name='cancelled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='quotedconsumption',
            name='cancelled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='vmiband',
            name='signal',
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
        ),
        migrations.AddConstraint(
            model_name='vmiband',
            constraint=models.CheckConstraint(condition=models.Q(('signal__isnull', True), models.Q(('signal__gte', models.F('minimum')), ('signal__lte', models.F('maximum'))), _connector='OR'), name='inventory_vmiband_signal'),
        ),
        migrations.AddField(
            model_name='partnerrefresh',
            name='counterparty',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='partnerrefresh',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='partnerrefresh',
            name='part',
            field=collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part'),
        ),
        migrations.AddField(
            model_name='refreshaddress',
            name='endpoint',
            field=collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='integration.webhookendpoint'),
        ),
        migrations.AddField(
            model_name='refreshaddress',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='refreshresult',
            name='owner',
            field=models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddField(
            model_name='refreshresult',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation'),
        ),
        migrations.AddIndex(
            model_name='partnerrefresh',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='inventory_refresh_own'),
        ),
        migrations.AddIndex(
            model_name='partnerrefresh',
            index=models.Index(fields=['counterparty', 'result', 'kind'], name='inventory_refresh_asked'),
        ),
        migrations.AddConstraint(
            model_name='partnerrefresh',
            constraint=collab.sharing.walls.Walls(name='inventory_partnerrefresh_walls', topic='inventory.refresh'),
        ),
        migrations.AddConstraint(
            model_name='partnerrefresh',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_partnerrefresh_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='partnerrefresh',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'part', 'kind', 'direction'), name='inventory_refresh_key'),
        ),
        migrations.AddConstraint(
            model_name='partnerrefresh',
            constraint=models.CheckConstraint(condition=models.Q(('idle_days__gte', 1), ('idle_days__lte', 366)), name='inventory_refresh_idle_days'),
        ),
        migrations.AddConstraint(
            model_name='refreshaddress',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_refreshaddress_walls'),
        ),
        migrations.AddConstraint(
            model_name='refreshaddress',
            constraint=collab.organisations.walls.SameOwner(field='endpoint', name='inventory_refreshaddress_endpoint_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='refreshaddress',
            constraint=models.UniqueConstraint(fields=('owner',), name='inventory_refreshaddress_one'),
        ),
        migrations.AddConstraint(
            model_name='refreshresult',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_refreshresult_walls'),
        ),
        migrations.AddConstraint(
            model_name='refreshresult',
            constraint=models.UniqueConstraint(fields=('owner', 'night', 'partner'), name='inventory_refreshresult_night'),
        ),
    ]
