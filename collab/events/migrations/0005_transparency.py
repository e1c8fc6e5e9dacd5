"""The tamper-evident ledger: its tables, who sees them, and that they only grow."""

import collab.organisations.owned
import collab.organisations.walls
import django.contrib.postgres.indexes
import django.db.models.deletion
import uuid_utils.compat
from django.db import migrations, models

# What a live grant is, `collab.sharing.walls.LIVE_GRANT` says; a test compares the two.
OPENS = """
CREATE FUNCTION collab.opens(owner bigint, topic text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM sharing_grant g
     WHERE g.viewer_id = (SELECT collab.viewer()) AND g.topic = opens.topic
       AND g.owner_id = opens.owner
       AND g.revoked_at IS NULL AND g.valid_from <= statement_timestamp()
       AND (g.valid_to IS NULL OR g.valid_to > statement_timestamp())
       AND (g.about_id = g.viewer_id OR g.about_consented_at IS NOT NULL)
       AND NOT (g.is_viewer_paused OR g.is_about_paused))
$$;
"""

GROWS = """
CREATE FUNCTION collab.guard_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.owner_id <> OLD.owner_id OR NEW.name <> OLD.name OR NEW.secret <> OLD.secret
     OR NEW.size < OLD.size THEN
    RAISE EXCEPTION 'expected a log to do nothing but grow'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER events_log_grows BEFORE UPDATE ON events_transparencylog
  FOR EACH ROW EXECUTE FUNCTION collab.guard_log();
CREATE TRIGGER events_log_stays BEFORE DELETE ON events_transparencylog
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
CREATE TRIGGER events_leaf_append_only BEFORE UPDATE OR DELETE ON events_logleaf
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
CREATE TRIGGER events_node_append_only BEFORE UPDATE OR DELETE ON events_lognode
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
CREATE TRIGGER events_head_append_only BEFORE UPDATE OR DELETE ON events_treehead
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
CREATE TRIGGER events_witnessed_append_only BEFORE UPDATE OR DELETE ON events_witnessedhead
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
REVOKE DELETE ON events_transparencylog FROM app_rt;
REVOKE UPDATE, DELETE ON events_logleaf, events_lognode, events_treehead, events_witnessedhead
  FROM app_rt;
"""

SHRINKS = """
DROP TRIGGER events_witnessed_append_only ON events_witnessedhead;
DROP TRIGGER events_head_append_only ON events_treehead;
DROP TRIGGER events_node_append_only ON events_lognode;
DROP TRIGGER events_leaf_append_only ON events_logleaf;
DROP TRIGGER events_log_stays ON events_transparencylog;
DROP TRIGGER events_log_grows ON events_transparencylog;
DROP FUNCTION collab.guard_log();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0004_append_only'),
        ('organisations', '0001_initial'),
        ('sharing', '0003_pause'),
    ]

    operations = [
        migrations.RunSQL(OPENS, 'DROP FUNCTION collab.opens(bigint, text)'),
        migrations.CreateModel(
            name='TransparencyLog',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=40)),
                ('size', models.BigIntegerField(default=0)),
                ('secret', models.BinaryField()),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='TreeHead',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('log_name', models.CharField(max_length=80)),
                ('size', models.BigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('timestamp', models.CharField(max_length=24)),
                ('key_id', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=88)),
                ('log', collab.organisations.owned.OwnedForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='events.transparencylog')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='WitnessedHead',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('log_name', models.CharField(max_length=80)),
                ('size', models.BigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('timestamp', models.CharField(max_length=24)),
                ('key_id', models.CharField(max_length=16)),
                ('signature', models.CharField(max_length=88)),
                ('verdict', models.CharField(choices=[('fits', 'Fits the copy before'), ('contradicts', 'Contradicts the copy before'), ('unsigned', 'Not signed with a known key')], max_length=12)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('seen_at', models.DateTimeField()),
                ('counterparty', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
                ('owner', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='LogLeaf',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('log_id', models.UUIDField()),
                ('index', models.BigIntegerField()),
                ('object_kind', models.CharField(max_length=40)),
                ('object_id', models.UUIDField()),
                ('content_hash', models.CharField(max_length=100)),
                ('appended_at', models.DateTimeField()),
                ('owner', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'constraints': [collab.organisations.walls.OwnWalls(column='owner_id', is_referenced=False, name='events_logleaf_walls'), models.UniqueConstraint(fields=('owner', 'log_id', 'index'), name='events_leaf_index'), models.UniqueConstraint(fields=('owner', 'log_id', 'object_id'), name='events_leaf_object')],
            },
        ),
        migrations.CreateModel(
            name='LogNode',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('log_id', models.UUIDField()),
                ('level', models.PositiveSmallIntegerField()),
                ('index', models.BigIntegerField()),
                ('hash', models.BinaryField()),
                ('owner', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [django.contrib.postgres.indexes.HashIndex(condition=models.Q(('level', 0)), fields=['hash'], name='events_node_leaf')],
                'constraints': [collab.organisations.walls.OwnWalls(also_read='log_id IN (SELECT id FROM events_transparencylog)', column='owner_id', is_referenced=False, name='events_lognode_walls'), models.UniqueConstraint(fields=('owner', 'log_id', 'level', 'index'), name='events_node_place')],
            },
        ),
        migrations.AddConstraint(
            model_name='transparencylog',
            constraint=collab.organisations.walls.OwnWalls(also_read='collab.opens(owner_id, name)', column='owner_id', name='events_transparencylog_walls'),
        ),
        migrations.AddConstraint(
            model_name='transparencylog',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='events_log_name'),
        ),
        migrations.AddConstraint(
            model_name='treehead',
            constraint=collab.organisations.walls.OwnWalls(also_read='log_id IN (SELECT id FROM events_transparencylog)', column='owner_id', name='events_treehead_walls'),
        ),
        migrations.AddConstraint(
            model_name='treehead',
            constraint=collab.organisations.walls.SameOwner(field='log', name='events_treehead_log_owner', on_delete='NO ACTION'),
        ),
        migrations.AddConstraint(
            model_name='treehead',
            constraint=models.UniqueConstraint(fields=('owner', 'log', 'size'), name='events_head_size'),
        ),
        migrations.AddIndex(
            model_name='witnessedhead',
            index=models.Index(fields=['counterparty', 'owner', '-id'], name='events_witnessed_newest'),
        ),
        migrations.AddConstraint(
            model_name='witnessedhead',
            constraint=collab.organisations.walls.OwnWalls(also_read='counterparty_id = (SELECT collab.viewer())', column='owner_id', name='events_witnessedhead_walls'),
        ),
        migrations.AddConstraint(
            model_name='witnessedhead',
            constraint=models.UniqueConstraint(fields=('owner', 'log_name', 'size', 'root', 'timestamp'), name='events_witnessed_once'),
        ),
        migrations.RunSQL(GROWS, SHRINKS),
    ]
