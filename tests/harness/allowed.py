"""What stands outside a wall on purpose, each with its reason. A line here is a decision."""

# Tables without row-level security.
OPEN_TABLES = {
    "django_migrations": "schema bookkeeping",
    "django_content_type": "names of models",
    "django_session": "found by an unguessable key before anybody is known",
    "auth_permission": "names of models",
    "auth_group": "unused by tenants",
    "auth_group_permissions": "unused by tenants",
    "organisations_tenant": "bare keys, so that platform work can visit each tenant",
    "organisations_person": "identity comes before any organisation; reached through memberships",
    "organisations_person_groups": "unused by tenants",
    "organisations_person_user_permissions": "unused by tenants",
    "events_errand": "the outbox sweep must find work without a viewer; keys and topic names only",
    "events_scheduledsend": "when each task of the platform's schedule was sent; names only",
    "account_emailaddress": "identity",
    "account_emailconfirmation": "identity",
    "mfa_authenticator": "identity",
    "socialaccount_socialaccount": "identity",
    "socialaccount_socialtoken": "identity",
    "socialaccount_socialapp": "settings of identity providers",
    "oauth2_provider_accesstoken": "found by an unguessable token before anybody is known",
    "oauth2_provider_refreshtoken": "not issued",
    "oauth2_provider_grant": "not issued",
    "oauth2_provider_idtoken": "not issued",
    "oauth2_provider_devicegrant": "not issued",
}

# Unique indexes of walled tables that do not start with the owner.
OPEN_UNIQUES = {
    "organisations_organisation_bpn": "a business partner number is public, unique by its issuer",
    "organisations_organisation_slug": "stands in the address bar; chosen at onboarding",
    "organisations_apikey_digest": "a hash of 256 random bits tells nothing",
    "integration_oauthapplication_client_id": "the row's own random key",
}

# Foreign keys between walled tables that may cross owners: both ends agreed to do business.
SHARE_KEYS = {
    "counterparty_id", "viewer_id", "about_id", "customer_id", "supplier_id", "partner_id",
    "organisation_id", "owner_id", "provider_id", "sender_id", "receiver_id",
}  # fmt: skip

# Modules that may do work for all tenants.
PLATFORM_MODULES = {
    "collab/organisations/context.py",  # where it is defined
    "collab/events/housekeeping.py",  # deletes what is done and old
    "collab/events/management/commands/verify_ledger.py",  # verifies every ledger
    "collab/events/sealing.py",  # signs every audit chain
    "collab/integration/device_intake/tenants.py",  # whom a topic's tenant means
    "collab/integration/webhooks/resealing.py",  # secrets are sealed with a new key
    "collab/integration/tasks.py",  # forgets old webhook deliveries
    "inventory/services/devices.py",  # accounts of devices for the broker's files
    "inventory/tasks.py",  # a new hour moves every projection
    "forecasting/tasks.py",  # commits fall due
    "transport/tasks.py",  # loads fall silent, windows of tracking end
    "collab/work/tasks.py",  # acknowledgements fall due
}
