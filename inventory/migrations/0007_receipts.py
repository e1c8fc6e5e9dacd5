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
        ("inventory", "0005_capture"),
        ("masterdata", "0001_initial"),
        ("organisations", "0001_initial"),
        ("sharing", "0003_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CumulativeStanding",
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
                ("part_number", models.CharField(max_length=40)),
                ("supplier_part_number", models.CharField(blank=True, max_length=40)),
                ("site_code", models.CharField(blank=True, max_length=20)),
                ("unit", models.CharField(max_length=3)),
                ("since", models.DateField(blank=True, null=True)),
                ("received", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ("shipped", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ("open_advices", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ("mismatch", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                (
                    "required",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
                ),
                (
                    "not_yet_received",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
                ),
                (
                    "over_received",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
                ),
                (
                    "to_ship",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
                ),
                ("previous_open", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                (
                    "previous_mismatch",
                    models.DecimalField(decimal_places=3, default=0, max_digits=18),
                ),
                ("observed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="GoodsReceipt",
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
                ("number", models.CharField(max_length=35)),
                (
                    "state",
                    models.CharField(
                        choices=[("recorded", "Recorded"), ("cancelled", "Cancelled")],
                        default="recorded",
                        max_length=10,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("screen", "Screen"),
                            ("api", "API"),
                            ("file", "File"),
                            ("edifact", "EDIFACT"),
                            ("x12", "X12"),
                        ],
                        default="screen",
                        max_length=8,
                    ),
                ),
                ("advice_id", models.UUIDField(blank=True, null=True)),
                ("advice_number", models.CharField(blank=True, max_length=35)),
                ("delivery_note", models.CharField(blank=True, max_length=35)),
                ("despatched_at", models.DateTimeField(blank=True, null=True)),
                ("expected_at", models.DateTimeField(blank=True, null=True)),
                ("received_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("site_code", models.CharField(max_length=20)),
                ("plate", models.CharField(blank=True, max_length=20)),
                ("is_different", models.BooleanField(default=False)),
                ("is_beyond", models.BooleanField(default=False)),
                (
                    "source_grade",
                    models.CharField(
                        choices=[
                            ("sensor", "Sensor"),
                            ("scanned", "Scanned"),
                            ("booked", "Booked by a system"),
                            ("counted", "Counted"),
                            ("estimated", "Estimated"),
                        ],
                        default="counted",
                        max_length=10,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=400)),
                ("sender_key", models.CharField(blank=True, max_length=120)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ReceiptAnswer",
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
                ("receipt_id", models.UUIDField()),
                ("receipt_number", models.CharField(max_length=35)),
                (
                    "verdict",
                    models.CharField(
                        choices=[("accepted", "Accepted"), ("disputed", "Disputed")], max_length=10
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=400)),
                ("answered_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ReceiptLine",
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
                ("position", models.PositiveSmallIntegerField()),
                ("part_number", models.CharField(max_length=40)),
                ("supplier_part_number", models.CharField(blank=True, max_length=40)),
                ("advised_part_number", models.CharField(blank=True, max_length=40)),
                (
                    "advised",
                    models.DecimalField(blank=True, decimal_places=3, max_digits=18, null=True),
                ),
                ("received", models.DecimalField(decimal_places=3, max_digits=18)),
                ("damaged", models.DecimalField(decimal_places=3, default=0, max_digits=18)),
                ("unit", models.CharField(max_length=3)),
                ("base_quantity", models.DecimalField(decimal_places=3, max_digits=18)),
                ("base_unit", models.CharField(max_length=3)),
                (
                    "differences",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("missing", "Missing"),
                                ("short", "Short"),
                                ("over", "Over"),
                                ("not_advised", "Not advised"),
                                ("wrong_part", "Wrong part"),
                                ("label", "Label"),
                                ("damaged", "Damaged"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("is_beyond", models.BooleanField(default=False)),
                ("labels", models.JSONField(blank=True, default=list)),
                ("order_number", models.CharField(blank=True, max_length=35)),
                ("delivery_note", models.CharField(blank=True, max_length=35)),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="coverage",
            name="in_transit",
            field=models.DecimalField(decimal_places=3, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name="coverage",
            name="next_arrival_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="coveragetarget",
            name="lead_days",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=6, null=True),
        ),
        migrations.AddField(
            model_name="stockmovement",
            name="reverses_id",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="coverage",
            name="source_grade",
            field=models.CharField(
                choices=[
                    ("sensor", "Sensor"),
                    ("scanned", "Scanned"),
                    ("booked", "Booked by a system"),
                    ("counted", "Counted"),
                    ("estimated", "Estimated"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="stockcount",
            name="source_grade",
            field=models.CharField(
                choices=[
                    ("sensor", "Sensor"),
                    ("scanned", "Scanned"),
                    ("booked", "Booked by a system"),
                    ("counted", "Counted"),
                    ("estimated", "Estimated"),
                ],
                default="counted",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="stockposition",
            name="source_grade",
            field=models.CharField(
                choices=[
                    ("sensor", "Sensor"),
                    ("scanned", "Scanned"),
                    ("booked", "Booked by a system"),
                    ("counted", "Counted"),
                    ("estimated", "Estimated"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="trackingevent",
            name="source_grade",
            field=models.CharField(
                choices=[
                    ("sensor", "Sensor"),
                    ("scanned", "Scanned"),
                    ("booked", "Booked by a system"),
                    ("counted", "Counted"),
                    ("estimated", "Estimated"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="unitstate",
            name="source_grade",
            field=models.CharField(
                choices=[
                    ("sensor", "Sensor"),
                    ("scanned", "Scanned"),
                    ("booked", "Booked by a system"),
                    ("counted", "Counted"),
                    ("estimated", "Estimated"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="stockmovement",
            index=models.Index(fields=["owner", "-moved_at", "-id"], name="inventory_movement_own"),
        ),
        migrations.AddConstraint(
            model_name="stockmovement",
            constraint=models.UniqueConstraint(
                condition=models.Q(("reverses_id__isnull", False)),
                fields=("owner", "reverses_id"),
                name="inventory_stockmovement_reversed",
            ),
        ),
        migrations.AddField(
            model_name="cumulativestanding",
            name="counterparty",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="cumulativestanding",
            name="owner",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="goodsreceipt",
            name="counterparty",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="goodsreceipt",
            name="owner",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="goodsreceipt",
            name="person",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="goodsreceipt",
            name="site",
            field=collab.organisations.owned.OwnedForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.site",
            ),
        ),
        migrations.AddField(
            model_name="receiptanswer",
            name="counterparty",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="receiptanswer",
            name="owner",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="counterparty",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="owner",
            field=models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="organisations.organisation",
            ),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="part",
            field=collab.organisations.owned.OwnedForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="masterdata.part",
            ),
        ),
        migrations.AddField(
            model_name="receiptline",
            name="receipt",
            field=collab.organisations.owned.OwnedForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="inventory.goodsreceipt",
            ),
        ),
        migrations.AddIndex(
            model_name="cumulativestanding",
            index=models.Index(
                fields=["owner", "counterparty", "part_number"], name="inventory_cumulative_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="cumulativestanding",
            constraint=collab.sharing.walls.Walls(
                name="inventory_cumulativestanding_walls", topic="inventory.receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="cumulativestanding",
            constraint=models.UniqueConstraint(
                fields=("owner", "counterparty", "part_number", "site_code"),
                name="inventory_cumulative_key",
            ),
        ),
        migrations.AddIndex(
            model_name="goodsreceipt",
            index=models.Index(
                fields=["owner", "-received_at", "-id"], name="inventory_receipt_own"
            ),
        ),
        migrations.AddIndex(
            model_name="goodsreceipt",
            index=models.Index(
                fields=["owner", "counterparty", "-received_at", "-id"],
                name="inventory_receipt_shared",
            ),
        ),
        migrations.AddConstraint(
            model_name="goodsreceipt",
            constraint=collab.sharing.walls.Walls(
                name="inventory_goodsreceipt_walls", topic="inventory.receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="goodsreceipt",
            constraint=collab.organisations.walls.SameOwner(
                field="site", name="inventory_goodsreceipt_site_owner", on_delete="NO ACTION"
            ),
        ),
        migrations.AddConstraint(
            model_name="goodsreceipt",
            constraint=models.UniqueConstraint(
                fields=("owner", "counterparty", "number"), name="inventory_goodsreceipt_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="goodsreceipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("advice_id__isnull", False), ("state", "recorded")),
                fields=("owner", "advice_id"),
                name="inventory_goodsreceipt_advice",
            ),
        ),
        migrations.AddConstraint(
            model_name="goodsreceipt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("sender_key", ""), _negated=True),
                fields=("owner", "sender_key"),
                name="inventory_goodsreceipt_sender",
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptanswer",
            constraint=collab.sharing.walls.Walls(
                name="inventory_receiptanswer_walls", topic="inventory.receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptanswer",
            constraint=models.UniqueConstraint(
                fields=("owner", "receipt_id"), name="inventory_receiptanswer_once"
            ),
        ),
        migrations.AddIndex(
            model_name="receiptline",
            index=models.Index(
                fields=["owner", "counterparty", "part_number"], name="inventory_receiptline_part"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptline",
            constraint=collab.sharing.walls.Walls(
                name="inventory_receiptline_walls", topic="inventory.receipt"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptline",
            constraint=collab.organisations.walls.SameOwner(
                field="receipt", name="inventory_receiptline_receipt_owner", on_delete="CASCADE"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptline",
            constraint=collab.organisations.walls.SameOwner(
                field="part", name="inventory_receiptline_part_owner", on_delete="NO ACTION"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptline",
            constraint=models.UniqueConstraint(
                fields=("owner", "receipt", "position"), name="inventory_receiptline_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="receiptline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("damaged__gte", 0),
                    ("received__gte", 0),
                    ("damaged__lte", models.F("received")),
                ),
                name="inventory_receiptline_sane",
            ),
        ),
    ]
