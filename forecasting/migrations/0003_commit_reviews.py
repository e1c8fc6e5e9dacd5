import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

import collab.sharing.walls


class Migration(migrations.Migration):

    dependencies = [
        ('forecasting', '0002_plans'),
        ('organisations', '0001_initial'),
        ('sharing', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='commit',
            name='buckets',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='capacitymatch',
            name='change',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='capacitygroup',
            name='previous',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='CommitReview',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('commit_id', models.UUIDField()),
                ('series_id', models.UUIDField()),
                ('schedule_id', models.UUIDField()),
                ('verdict', models.CharField(choices=[('accepted', 'Accepted'), ('challenged', 'Challenged')], max_length=10)),
                ('note', models.CharField(blank=True, max_length=400)),
                ('person_id', models.BigIntegerField(blank=True, null=True)),
                ('reviewed_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1)),
                ('counterparty', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [collab.sharing.walls.Walls(name='forecasting_commitreview_walls', topic='forecasting.demand'), models.UniqueConstraint(fields=('owner', 'commit_id'), name='forecasting_commitreview_once')],
            },
        ),
    ]
