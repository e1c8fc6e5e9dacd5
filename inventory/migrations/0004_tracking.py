"""Tracking events in months, what they fold into, read points and the correction queue."""

import collab.organisations.owned
import collab.organisations.walls
import collab.sharing.walls
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

from collab.organisations.partitions import CreatePartitionedModel


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0003_planned_output_receipts"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
    ]

    operations = [
        migrations.CreateModel(
            name="EventSeen",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    collab.organisations.walls.OwnWalls(
                        column="owner_id", is_referenced=False, name="inventory_eventseen_walls"
                    )
                ],
            },
        ),
        CreatePartitionedModel(
            name="EventThing",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event", models.UUIDField()),
                ("role", models.CharField(max_length=12)),
                ("thing", models.CharField(max_length=250)),
                (
                    "quantity",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True),
                ),
                ("uom", models.CharField(blank=True, max_length=3)),
                ("site_id", models.UUIDField(blank=True, null=True)),
                ("part_id", models.UUIDField(blank=True, null=True)),
                ("counted", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                (
                    "counterparty",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["owner", "thing", "id"], name="inventory_thing_history")
                ],
                "constraints": [
                    collab.sharing.walls.Walls(
                        is_referenced=False,
                        name="inventory_eventthing_walls",
                        topic="inventory.tracking",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("identifier", models.CharField(max_length=250)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("biz_step", models.CharField(blank=True, max_length=40)),
                (
                    "direction",
                    models.CharField(
                        choices=[
                            ("in", "Coming in"),
                            ("out", "Going out"),
                            ("both", "Told by the order of antennas"),
                            ("none", "Not told"),
                        ],
                        default="none",
                        max_length=4,
                    ),
                ),
                ("reader", models.CharField(blank=True, max_length=40)),
                ("antenna", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("lane_order", models.PositiveSmallIntegerField(default=0)),
                ("least_rssi_dbm", models.SmallIntegerField(default=-65)),
                ("least_reads", models.PositiveSmallIntegerField(default=2)),
                ("window_ms", models.PositiveIntegerField(default=2000)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "counterparty",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "site",
                    collab.organisations.owned.OwnedForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    collab.organisations.walls.OwnWalls(
                        column="owner_id", name="inventory_readpoint_walls"
                    ),
                    collab.organisations.walls.SameOwner(
                        field="site", name="inventory_readpoint_site_owner", on_delete="NO ACTION"
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "identifier", "reader", "antenna"),
                        name="inventory_readpoint_identifier",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("reader", ""), _negated=True),
                        fields=("owner", "reader", "antenna"),
                        name="inventory_readpoint_antenna",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("least_reads__gte", 1), ("window_ms__gte", 1)),
                        name="inventory_readpoint_filter",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackedPosition",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ("changed_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "part",
                    collab.organisations.owned.OwnedForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.part",
                    ),
                ),
                (
                    "site",
                    collab.organisations.owned.OwnedForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.site",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    collab.organisations.walls.OwnWalls(
                        column="owner_id", name="inventory_trackedposition_walls"
                    ),
                    collab.organisations.walls.SameOwner(
                        field="site",
                        name="inventory_trackedposition_site_owner",
                        on_delete="NO ACTION",
                    ),
                    collab.organisations.walls.SameOwner(
                        field="part",
                        name="inventory_trackedposition_part_owner",
                        on_delete="NO ACTION",
                    ),
                    models.UniqueConstraint(
                        fields=("owner", "site", "part"), name="inventory_trackedposition_key"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingCorrection",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("conflict", "Same event, other content"),
                            ("refused", "Event not taken"),
                            ("foreign", "Place of another organisation"),
                            ("read_point", "Unknown read point"),
                            ("product", "Unknown product"),
                            ("unit", "Unknown unit"),
                            ("tag", "Tag that says nothing"),
                        ],
                        max_length=10,
                    ),
                ),
                ("subject", models.CharField(max_length=250)),
                ("detail", models.TextField(blank=True)),
                ("body", models.JSONField(default=dict)),
                ("source", models.CharField(max_length=40)),
                ("times", models.PositiveIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["owner", "-last_at", "-id"], name="inventory_correction_newest"
                    )
                ],
                "constraints": [
                    collab.organisations.walls.OwnWalls(
                        column="owner_id", name="inventory_trackingcorrection_walls"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("owner", "reason", "subject"),
                        name="inventory_correction_waiting",
                    ),
                ],
            },
        ),
        CreatePartitionedModel(
            name="TrackingEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event_id", models.CharField(max_length=250)),
                ("event_hash", models.CharField(max_length=250)),
                ("digest", models.BinaryField(max_length=32)),
                ("kind", models.CharField(max_length=250)),
                ("action", models.CharField(blank=True, max_length=7)),
                ("happened_at", models.DateTimeField()),
                ("offset", models.CharField(max_length=6)),
                ("recorded_at", models.DateTimeField()),
                ("declared_at", models.DateTimeField(blank=True, null=True)),
                ("biz_step", models.CharField(blank=True, max_length=250)),
                ("disposition", models.CharField(blank=True, max_length=250)),
                ("read_point", models.CharField(blank=True, max_length=250)),
                ("biz_location", models.CharField(blank=True, max_length=250)),
                ("site_id", models.UUIDField(blank=True, null=True)),
                ("site_code", models.CharField(blank=True, max_length=20)),
                ("transformation_id", models.CharField(blank=True, max_length=250)),
                (
                    "traits",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("body", models.JSONField()),
                ("source", models.CharField(max_length=40)),
                (
                    "source_grade",
                    models.CharField(
                        choices=[
                            ("counted", "Counted"),
                            ("booked", "Booked by a system"),
                            ("estimated", "Estimated"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_voided", models.BooleanField(default=False)),
                (
                    "counterparty",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["counterparty", "owner", "id"], name="inventory_event_shared"
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["happened_at"],
                        name="inventory_event_time",
                        pages_per_range=32,
                    ),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True,
                        fields=["recorded_at"],
                        name="inventory_event_recorded",
                        pages_per_range=32,
                    ),
                ],
                "constraints": [
                    collab.sharing.walls.Walls(
                        name="inventory_trackingevent_walls", topic="inventory.tracking"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitState",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("thing", models.CharField(max_length=250)),
                ("first_event", models.UUIDField()),
                ("seen_event", models.UUIDField()),
                ("observed_at", models.DateTimeField()),
                ("biz_step", models.CharField(blank=True, max_length=250)),
                ("source", models.CharField(max_length=40)),
                (
                    "source_grade",
                    models.CharField(
                        choices=[
                            ("counted", "Counted"),
                            ("booked", "Booked by a system"),
                            ("estimated", "Estimated"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_ended", models.BooleanField(default=False)),
                ("place_event", models.UUIDField(default="00000000-0000-0000-0000-000000000000")),
                ("read_point", models.CharField(blank=True, max_length=250)),
                ("biz_location", models.CharField(blank=True, max_length=250)),
                ("site_id", models.UUIDField(blank=True, null=True)),
                ("site_code", models.CharField(blank=True, max_length=20)),
                ("placed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "disposition_event",
                    models.UUIDField(default="00000000-0000-0000-0000-000000000000"),
                ),
                ("disposition", models.CharField(blank=True, max_length=250)),
                ("parent_event", models.UUIDField(default="00000000-0000-0000-0000-000000000000")),
                ("parent", models.CharField(blank=True, max_length=250)),
                ("emptied_event", models.UUIDField(default="00000000-0000-0000-0000-000000000000")),
                ("part_id", models.UUIDField(blank=True, null=True)),
                ("part_number", models.CharField(blank=True, max_length=40)),
                ("shown_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "counterparty",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["owner", "-observed_at", "-id"], name="inventory_unit_newest"
                    ),
                    models.Index(
                        fields=["counterparty", "owner", "-observed_at", "-id"],
                        name="inventory_unit_shared",
                    ),
                    models.Index(
                        condition=models.Q(("parent", ""), _negated=True),
                        fields=["owner", "parent"],
                        name="inventory_unit_children",
                    ),
                ],
                "constraints": [
                    collab.sharing.walls.Walls(
                        is_referenced=False,
                        name="inventory_unitstate_walls",
                        topic="inventory.tracking",
                    ),
                    models.UniqueConstraint(fields=("owner", "thing"), name="inventory_unit_thing"),
                ],
            },
        ),
    ]
