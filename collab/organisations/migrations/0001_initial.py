"""Organisations, people and machines; and the settings that row-level security reads."""

import collab.organisations.owned
import collab.organisations.walls
import django.contrib.postgres.fields
import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations, models

# After a transaction-local set_config the setting is an empty string, not NULL: a bare cast raises.
FUNCTIONS = """
CREATE SCHEMA IF NOT EXISTS collab;
GRANT USAGE ON SCHEMA collab TO PUBLIC;
CREATE FUNCTION collab.viewer() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('collab.organisation', true), '')::bigint;
CREATE FUNCTION collab.person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('collab.person', true), '')::bigint;
CREATE FUNCTION collab.credential() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  RETURN nullif(current_setting('collab.credential', true), '');
"""

DROP = """
DROP FUNCTION collab.credential();
DROP FUNCTION collab.person();
DROP FUNCTION collab.viewer();
DROP SCHEMA collab;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunSQL(FUNCTIONS, DROP),
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('is_active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('language', models.CharField(default='en', max_length=8)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=40)),
                ('density', models.CharField(default='comfortable', max_length=12)),
                ('shortcuts_enabled', models.BooleanField(default=True)),
                ('is_active', models.BooleanField(default=True)),
                ('is_staff', models.BooleanField(default=False)),
                ('is_demo', models.BooleanField(default=False)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('bpn', models.CharField(max_length=16, unique=True)),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('short_name', models.CharField(max_length=40)),
                ('kind', models.CharField(choices=[('oem', 'Car maker'), ('supplier', 'Supplier'), ('carrier', 'Carrier'), ('logistics', 'Logistics provider')], max_length=12)),
                ('country', models.CharField(max_length=2)),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=40)),
                ('duns', models.CharField(blank=True, max_length=9)),
                ('policy_version', models.PositiveIntegerField(default=1)),
            ],
            options={
                'constraints': [collab.organisations.walls.OwnWalls(also_read='EXISTS (SELECT FROM organisations_membership m WHERE m.organisation_id = organisations_organisation.id AND m.person_id = (SELECT collab.person()))', column='id', name='organisations_organisation_walls')],
            },
        ),
        migrations.CreateModel(
            name='ApiClient',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=20)),
                ('bpn', models.CharField(blank=True, max_length=16)),
                ('gln', models.CharField(blank=True, max_length=13)),
                ('locode', models.CharField(blank=True, max_length=5)),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('plant', 'Plant'), ('warehouse', 'Warehouse'), ('cross_dock', 'Cross-dock'), ('office', 'Office')], max_length=12)),
                ('country', models.CharField(max_length=2)),
                ('city', models.CharField(max_length=60)),
                ('latitude', models.FloatField()),
                ('longitude', models.FloatField()),
                ('timezone', models.CharField(default='Europe/Berlin', max_length=40)),
                ('version', models.PositiveIntegerField(default=1)),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('admin', 'Administrator'), ('planner', 'Planner'), ('clerk', 'Clerk'), ('dispatcher', 'Dispatcher'), ('viewer', 'Viewer')], max_length=12)),
                ('is_active', models.BooleanField(default=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.site')),
            ],
        ),
        migrations.CreateModel(
            name='ApiKey',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('prefix', models.CharField(max_length=24)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ('networks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=43), blank=True, default=list, size=None)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('client', collab.organisations.owned.OwnedForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='organisations.apiclient')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [collab.organisations.walls.OwnWalls(also_read='digest = (SELECT collab.credential())', column='owner_id', name='organisations_apikey_walls'), collab.organisations.walls.SameOwner(field='client', name='organisations_apikey_client_owner', on_delete='CASCADE')],
            },
        ),
        migrations.AddConstraint(
            model_name='apiclient',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='organisations_apiclient_walls'),
        ),
        migrations.AddConstraint(
            model_name='apiclient',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='organisations_apiclient_name'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=collab.organisations.walls.OwnWalls(column='owner_id', name='organisations_site_walls'),
        ),
        migrations.AddConstraint(
            model_name='site',
            constraint=models.UniqueConstraint(fields=('owner', 'code'), name='organisations_site_code'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=collab.organisations.walls.OwnWalls(also_read='person_id = (SELECT collab.person())', column='organisation_id', name='organisations_membership_walls'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('organisation', 'person'), name='organisations_membership_person'),
        ),
    ]
