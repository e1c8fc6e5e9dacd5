import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("inventory", "0011_devices"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LotHold',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('batch', models.UUIDField()),
                ('lot', models.CharField(blank=True, max_length=250)),
                ('scope', models.CharField(choices=[('lot', 'The lot alone'), ('made', 'The lot and everything made from it')], default='made', max_length=4)),
                ('state', models.CharField(choices=[('blocked', 'Blocked'), ('released', 'Released')], default='blocked', max_length=8)),
                ('reason', models.CharField(max_length=500)),
                ('released_reason', models.CharField(blank=True, max_length=500)),
                ('held_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(blank=True, null=True)),
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
            name='HeldThing',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('thing', models.CharField(max_length=250)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('hold', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='inventory.lothold')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='TraceLink',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('parent', models.CharField(max_length=250)),
                ('child', models.CharField(max_length=250)),
                ('how', models.CharField(choices=[('used', 'Used up'), ('made', 'Made'), ('assembled', 'Built in'), ('packed', 'Packed')], max_length=9)),
                ('event', models.UUIDField(blank=True, null=True)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('quantity', models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True)),
                ('uom', models.CharField(blank=True, max_length=3)),
                ('counterparty', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(db_constraint=False, db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='HeldStock',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('thing', models.CharField(max_length=250)),
                ('quantity', models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ('changed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('part', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='masterdata.part')),
                ('site', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [collab.organisations.walls.OwnWalls(column='owner_id', name='inventory_heldstock_walls'), collab.organisations.walls.SameOwner(field='part', name='inventory_heldstock_part_owner', on_delete='NO ACTION'), collab.organisations.walls.SameOwner(field='site', name='inventory_heldstock_site_owner', on_delete='NO ACTION'), models.UniqueConstraint(fields=('owner', 'thing', 'part', 'site', 'counterparty'), name='inventory_heldstock_key'), models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='inventory_heldstock_quantity')],
            },
        ),
        migrations.AddIndex(
            model_name='lothold',
            index=models.Index(fields=['owner', '-changed_at', '-id'], name='inventory_lothold_own'),
        ),
        migrations.AddIndex(
            model_name='lothold',
            index=models.Index(fields=['owner', 'counterparty', '-changed_at', '-id'], name='inventory_lothold_shared'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=collab.sharing.walls.Walls(name='inventory_lothold_walls', topic='inventory.genealogy'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=models.UniqueConstraint(fields=('owner', 'counterparty', 'number'), name='inventory_lothold_number'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=models.UniqueConstraint(fields=('owner', 'batch', 'counterparty'), name='inventory_lothold_once'),
        ),
        migrations.AddConstraint(
            model_name='lothold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('released_at__isnull', True), ('state', 'blocked')), models.Q(('released_at__isnull', False), ('state', 'released')), _connector='OR'), name='inventory_lothold_release'),
        ),
        migrations.AddIndex(
            model_name='heldthing',
            index=models.Index(fields=['thing'], name='inventory_heldthing_thing'),
        ),
        migrations.AddConstraint(
            model_name='heldthing',
            constraint=collab.sharing.walls.Walls(name='inventory_heldthing_walls', topic='inventory.genealogy'),
        ),
        migrations.AddConstraint(
            model_name='heldthing',
            constraint=collab.organisations.walls.SameOwner(field='hold', name='inventory_heldthing_hold_owner', on_delete='CASCADE'),
        ),
        migrations.AddConstraint(
            model_name='heldthing',
            constraint=models.UniqueConstraint(fields=('owner', 'hold', 'thing'), name='inventory_heldthing_once'),
        ),
        migrations.AddIndex(
            model_name='tracelink',
            index=models.Index(fields=['child'], name='inventory_tracelink_into'),
        ),
        migrations.AddIndex(
            model_name='tracelink',
            index=models.Index(fields=['parent'], name='inventory_tracelink_from'),
        ),
        migrations.AddIndex(
            model_name='tracelink',
            index=models.Index(fields=['owner', 'event'], name='inventory_tracelink_event'),
        ),
        migrations.AddConstraint(
            model_name='tracelink',
            constraint=collab.sharing.walls.Walls(is_referenced=False, name='inventory_tracelink_walls', topic='inventory.genealogy'),
        ),
    ]
