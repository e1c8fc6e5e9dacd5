"""Safety stock: policies, suggestions and placements over tiers."""

import collab.organisations.owned
import collab.organisations.walls
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0008_partners"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name='BufferPolicy',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('part_number', models.CharField(max_length=40)),
                ('site_code', models.CharField(max_length=20)),
                ('method', models.CharField(choices=[('formula', 'Formula'), ('quantile', 'Quantile of lead-time demand')], default='formula', max_length=8)),
                ('service_level', models.DecimalField(decimal_places=5, default='0.95000', max_digits=6)),
                ('lead_days', models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True)),
                ('lead_sigma_days', models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True)),
                ('processing_days', models.DecimalField(decimal_places=3, default=0, max_digits=7)),
                ('daily_demand', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('daily_sigma', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('minimum_quantity', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('maximum_quantity', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('minimum_days', models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True)),
                ('maximum_days', models.DecimalField(blank=True, decimal_places=3, max_digits=7, null=True)),
                ('hard_days', models.DecimalField(decimal_places=3, default=0, max_digits=7)),
                ('soft_days', models.DecimalField(decimal_places=3, default=0, max_digits=7)),
                ('pack_size', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('unit_cost', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('is_active', models.BooleanField(default=True)),
                ('version', models.PositiveIntegerField(default=1)),
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
            name='BufferSuggestion',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('changed', 'Accepted with a change'), ('dismissed', 'Dismissed'), ('superseded', 'Superseded')], default='open', max_length=10)),
                ('service_level', models.DecimalField(decimal_places=5, max_digits=6)),
                ('safety_stock', models.DecimalField(decimal_places=3, max_digits=18)),
                ('reorder_point', models.DecimalField(decimal_places=3, max_digits=18)),
                ('target', models.DecimalField(decimal_places=3, max_digits=18)),
                ('minimum_days', models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True)),
                ('order_quantity', models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ('available', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('before', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('lead_share', models.DecimalField(decimal_places=4, default=0, max_digits=5)),
                ('cost_change', models.DecimalField(blank=True, decimal_places=2, max_digits=18, null=True)),
                ('figures', models.JSONField(default=dict)),
                ('decided_stock', models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by_id', models.BigIntegerField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('created_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('policy', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.bufferpolicy')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='BufferPlacement',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('solved', 'Solved'), ('discarded', 'Discarded')], default='draft', max_length=10)),
                ('parent_id', models.UUIDField(blank=True, null=True)),
                ('seconds', models.PositiveSmallIntegerField(default=20)),
                ('seed', models.PositiveIntegerField(default=1)),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('problem', models.JSONField()),
                ('fixed', models.JSONField(blank=True, default=dict)),
                ('result', models.JSONField(blank=True, null=True)),
                ('notes', models.JSONField(blank=True, default=list)),
                ('job_id', models.UUIDField(blank=True, null=True)),
                ('created_by_id', models.BigIntegerField(blank=True, null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('solved_at', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['owner', '-id'], name='inventory_placement_newest')],
                'constraints': [collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_bufferplacement_walls')],
            },
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_bufferpolicy_walls'),
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=collab.organisations.walls.SameOwner(field='part', name='inventory_bufferpolicy_part_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=collab.organisations.walls.SameOwner(field='site', name='inventory_bufferpolicy_site_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=models.UniqueConstraint(fields=('owner', 'part', 'site', 'partner'), name='inventory_bufferpolicy_key'),
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('service_level__gte', '0.5'), ('service_level__lt', 1)), name='inventory_bufferpolicy_level'),
        ),
        migrations.AddConstraint(
            model_name='bufferpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('pack_size__isnull', True), ('pack_size__gt', 0), _connector='OR'), name='inventory_bufferpolicy_pack'),
        ),
        migrations.AddIndex(
            model_name='buffersuggestion',
            index=models.Index(fields=['owner', 'state', '-id'], name='inventory_suggestion_state'),
        ),
        migrations.AddConstraint(
            model_name='buffersuggestion',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_buffersuggestion_walls'),
        ),
        migrations.AddConstraint(
            model_name='buffersuggestion',
            constraint=collab.organisations.walls.SameOwner(field='policy', name='inventory_buffersuggestion_policy_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='buffersuggestion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('owner', 'policy'), name='inventory_buffersuggestion_open'),
        ),
    ]
