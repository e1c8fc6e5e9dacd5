"""The limits of a band are in a quantity, which is not always pieces."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0015_holds'),
    ]

    operations = [
        migrations.AlterField(
            model_name='vmiband',
            name='measure',
            field=models.CharField(choices=[('pieces', 'Quantity'), ('days', 'Days of supply')], default='pieces', max_length=6),
        ),
    ]
