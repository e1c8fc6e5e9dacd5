"""Nobody changes or deletes an entry of the audit chain, and its head only goes forward."""

from django.db import migrations

WALL = """
CREATE FUNCTION collab.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'expected % to be added to only, got %', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER events_auditentry_append_only BEFORE UPDATE OR DELETE ON events_auditentry
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();
CREATE TRIGGER events_audithead_stays BEFORE DELETE ON events_audithead
  FOR EACH ROW EXECUTE FUNCTION collab.refuse_change();

CREATE FUNCTION collab.guard_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.owner_id <> OLD.owner_id OR NEW.number < OLD.number THEN
    RAISE EXCEPTION 'expected the head of an audit chain to go forward'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER events_audithead_forward BEFORE UPDATE ON events_audithead
  FOR EACH ROW EXECUTE FUNCTION collab.guard_audit_head();

REVOKE UPDATE, DELETE ON events_auditentry FROM app_rt;
REVOKE DELETE ON events_audithead FROM app_rt;
"""

UNDO = """
GRANT UPDATE, DELETE ON events_auditentry TO app_rt;
GRANT DELETE ON events_audithead TO app_rt;
DROP TRIGGER events_audithead_forward ON events_audithead;
DROP FUNCTION collab.guard_audit_head();
DROP TRIGGER events_audithead_stays ON events_audithead;
DROP TRIGGER events_auditentry_append_only ON events_auditentry;
DROP FUNCTION collab.refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0003_audit")]
    operations = [migrations.RunSQL(WALL, UNDO)]
