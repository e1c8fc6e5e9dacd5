"""The shell's addresses: ``root`` outside, ``pages`` inside an organisation, ``api`` for REST."""

from django.urls import URLPattern, path

from collab.shell import api as rest
from collab.shell import tower
from collab.shell.pages import (
    audit,
    finding,
    home,
    keys,
    network,
    people,
    settings,
    sharing,
    views,
    webhooks,
)

root: list[URLPattern] = [
    path("", home.root, name="root"),
    path("switch/", home.switch, name="switch"),
    path("ui/", home.pattern, name="pattern"),
]

pages: list[URLPattern] = [
    path("", tower.home, name="home"),
    path("tower/figures/", tower.key_figures, name="figures"),
    path("tower/panels/<slug:key>/", tower.panel, name="panel"),
    path("search/", finding.find, name="search"),
    path("views/save", views.save, name="view-save"),
    path("views/bring-back", views.bring_back, name="view-bring-back"),
    path("views/<uuid:view_id>/change", views.change, name="view-change"),
    path("views/<uuid:view_id>/remove", views.remove, name="view-remove"),
    path("help/", finding.keyboard_help, name="help"),
    path("settings/", settings.edit, name="settings"),
    path("settings/audit/", audit.log, name="audit"),
    path("admin/", people.overview, name="people"),
    path("admin/people/new/", people.invite, name="people-new"),
    path("admin/people/<uuid:membership_id>/change", people.change, name="person-change"),
    path("admin/people/<uuid:membership_id>/switch", people.switch, name="person-switch"),
    path("admin/people/<uuid:membership_id>/again", people.invite_again, name="person-again"),
    path("network/", network.explorer, name="network"),
    path("network/partners/<str:bpn>/", network.partner, name="partner"),
    path("network/invitations/new/", sharing.invite, name="invite"),
    path("network/invitations/<uuid:partnership_id>/accept/", sharing.accept, name="accept"),
    path("network/sharing/", sharing.overview, name="sharing"),
    path("network/sharing/new/", sharing.create, name="sharing-new"),
    path("network/sharing/with/<slug:side>/<str:bpn>/", sharing.group, name="sharing-with"),
    path("network/sharing/seen-by/<str:bpn>/", sharing.seen_by, name="seen-by"),
    path("network/sharing/<uuid:grant_id>/revoke/", sharing.revoke, name="revoke"),
    path("network/sharing/<uuid:grant_id>/restore/", sharing.restore, name="restore"),
    path("network/sharing/<uuid:grant_id>/consent/", sharing.consent, name="consent"),
    path("integrations/keys/", keys.overview, name="keys"),
    path("integrations/keys/new/", keys.create, name="keys-new"),
    path("integrations/keys/<uuid:key_id>/rotate/", keys.rotate, name="key-rotate"),
    path("integrations/keys/<uuid:key_id>/revoke/", keys.revoke, name="key-revoke"),
    path("integrations/webhooks/", webhooks.overview, name="webhooks"),
    path("integrations/webhooks/new/", webhooks.create, name="webhook-new"),
    path("integrations/webhooks/log/", webhooks.log, name="webhook-log"),
    path("integrations/webhooks/log/<uuid:key>/", webhooks.delivery, name="webhook-delivery"),
    path("integrations/webhooks/log/<uuid:key>/again", webhooks.again, name="webhook-again"),
    path("integrations/webhooks/<uuid:key>/", webhooks.one, name="webhook"),
    path("integrations/webhooks/<uuid:key>/switch", webhooks.switch, name="webhook-switch"),
    path("integrations/webhooks/<uuid:key>/test", webhooks.test, name="webhook-test"),
    path("integrations/webhooks/<uuid:key>/rotate", webhooks.rotate, name="webhook-rotate"),
]

api: list[URLPattern] = [
    path("saved-views", rest.SavedViews.as_view(), name="saved-views"),
    path("saved-views/<uuid:view_id>", rest.OneSavedView.as_view(), name="saved-view"),
]
