"""Who sees which organisation and site, and who may change what at the two ends of an agreement."""

from django.db import migrations

VISIBILITY = """
CREATE POLICY organisations_organisation_partners ON organisations_organisation FOR SELECT USING (
  EXISTS (SELECT FROM sharing_partnership p WHERE p.state <> 'ended'
           AND p.owner_id = (SELECT collab.viewer())
           AND p.counterparty_id = organisations_organisation.id)
  OR EXISTS (SELECT FROM sharing_partnership p WHERE p.state <> 'ended'
           AND p.counterparty_id = (SELECT collab.viewer())
           AND p.owner_id = organisations_organisation.id)
  OR EXISTS (SELECT FROM sharing_grant g WHERE g.revoked_at IS NULL
           AND g.owner_id = (SELECT collab.viewer())
           AND organisations_organisation.id IN (g.viewer_id, g.about_id))
  OR EXISTS (SELECT FROM sharing_grant g WHERE g.revoked_at IS NULL
           AND g.about_id = (SELECT collab.viewer())
           AND organisations_organisation.id IN (g.owner_id, g.viewer_id))
  OR EXISTS (SELECT FROM sharing_grant g WHERE g.revoked_at IS NULL
           AND g.viewer_id = (SELECT collab.viewer())
           AND (g.about_id = g.viewer_id OR g.about_consented_at IS NOT NULL)
           AND (g.owner_id = organisations_organisation.id
                OR (g.about_id = organisations_organisation.id
                    AND (cardinality(g.fields) = 0 OR 'counterparty' = ANY (g.fields))))));

CREATE POLICY organisations_site_partners ON organisations_site FOR SELECT USING (
  EXISTS (SELECT FROM sharing_partnership p WHERE p.state = 'active'
           AND p.owner_id = (SELECT collab.viewer())
           AND p.counterparty_id = organisations_site.owner_id)
  OR EXISTS (SELECT FROM sharing_partnership p WHERE p.state = 'active'
           AND p.counterparty_id = (SELECT collab.viewer())
           AND p.owner_id = organisations_site.owner_id));
"""

# Row-level security cannot tell columns apart; these triggers do.
ENDS = """
CREATE FUNCTION collab.guard_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.owner_id = collab.viewer() THEN
    IF NEW.about_consented_at IS NOT NULL
       AND NEW.about_consented_at IS DISTINCT FROM OLD.about_consented_at THEN
      RAISE EXCEPTION 'expected consent to come from the organisation the grant is about'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF ROW(NEW.viewer_id, NEW.about_id, NEW.topic, NEW.fields, NEW.valid_from, NEW.valid_to,
           NEW.is_onward_allowed)
       IS DISTINCT FROM ROW(OLD.viewer_id, OLD.about_id, OLD.topic, OLD.fields, OLD.valid_from,
           OLD.valid_to, OLD.is_onward_allowed) THEN
      NEW.about_consented_at := NULL;  -- consent was given to other terms
    END IF;
  ELSIF (to_jsonb(NEW) - 'about_consented_at') IS DISTINCT FROM
        (to_jsonb(OLD) - 'about_consented_at') THEN
    RAISE EXCEPTION 'expected only consent to change, as the grant belongs to somebody else'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sharing_grant_ends BEFORE UPDATE ON sharing_grant
  FOR EACH ROW EXECUTE FUNCTION collab.guard_grant();

CREATE FUNCTION collab.guard_new_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.about_consented_at IS NOT NULL THEN
    RAISE EXCEPTION 'expected consent to come from the organisation the grant is about'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sharing_grant_new BEFORE INSERT ON sharing_grant
  FOR EACH ROW EXECUTE FUNCTION collab.guard_new_grant();

CREATE FUNCTION collab.guard_partnership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'invited' THEN
      RAISE EXCEPTION 'expected a new partnership to be an invitation, got %', NEW.state
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
  END IF;
  IF ROW(NEW.owner_id, NEW.counterparty_id, NEW.customer_id, NEW.supplier_id)
     IS DISTINCT FROM ROW(OLD.owner_id, OLD.counterparty_id, OLD.customer_id, OLD.supplier_id) THEN
    RAISE EXCEPTION 'expected the two ends of a partnership to stay as they are'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.state = 'invited' AND NEW.state = 'active'
     AND OLD.counterparty_id <> collab.viewer() THEN
    RAISE EXCEPTION 'expected the invited organisation to accept'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sharing_partnership_ends BEFORE INSERT OR UPDATE ON sharing_partnership
  FOR EACH ROW EXECUTE FUNCTION collab.guard_partnership();
"""

UNDO = """
DROP TRIGGER sharing_partnership_ends ON sharing_partnership;
DROP TRIGGER sharing_grant_new ON sharing_grant;
DROP TRIGGER sharing_grant_ends ON sharing_grant;
DROP FUNCTION collab.guard_partnership();
DROP FUNCTION collab.guard_new_grant();
DROP FUNCTION collab.guard_grant();
DROP POLICY organisations_site_partners ON organisations_site;
DROP POLICY organisations_organisation_partners ON organisations_organisation;
"""


class Migration(migrations.Migration):
    dependencies = [("sharing", "0001_initial"), ("organisations", "0001_initial")]
    operations = [migrations.RunSQL(VISIBILITY + ENDS, UNDO)]
