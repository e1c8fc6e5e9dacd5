"""What goes out is fetched and answered: columns for its way."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integration", "0002_messages")]

    operations = [
        migrations.RenameField("outboundmessage", "sent_at", "fetched_at"),
        migrations.AlterField(
            "outboundmessage",
            "state",
            models.CharField(
                choices=[
                    ("waiting", "Waiting"),
                    ("fetched", "Fetched"),
                    ("acknowledged", "Acknowledged"),
                    ("refused", "Refused"),
                ],
                default="waiting",
                max_length=12,
            ),
        ),
        migrations.AddField(
            "outboundmessage", "title", models.CharField(blank=True, max_length=120)
        ),
        migrations.AddField("outboundmessage", "wants_answer", models.BooleanField(default=False)),
        migrations.AddField(
            "outboundmessage", "answered_at", models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            "outboundmessage", "note", models.CharField(blank=True, max_length=400)
        ),
        migrations.AddField("outboundmessage", "version", models.PositiveIntegerField(default=1)),
    ]
