from datetime import UTC, datetime, timedelta
from collab.demo.loader.network import load
from collab.demo.network import build
from collab.organisations.context import acting_for
from collab.work.queries import QueueFilter, exceptions
from collab.work.models import Alert
from transport.models import Load, Position, Stop, Shipment
from transport.services.positions import PositionReport, record_positions
from transport.services.following import follow
def test_zz(database):
    now = datetime.now(UTC)
    network = build(seed=1, suppliers=24, parts=400, today=now.date())
    d = load(network, as_of=now)
    b = d.organisations["brasov"]
    with acting_for(b):
        for l in Load.objects.filter(owner=b):
            p = Position.objects.filter(load_id=l.pk).order_by("-recorded_at").first()
            print(l.number, l.state, l.progress, l.pinged_at, [ (s.window_until, s.eta, s.arrived_at, s.departed_at) for s in Stop.objects.filter(load_id=l.pk).order_by("sequence")])
            print(record_positions([PositionReport(load=l.number, latitude=p.latitude, longitude=p.longitude, recorded_at=now+timedelta(minutes=1), speed_kmh=0)], received_at=now+timedelta(minutes=1)))
            follow([l.pk], now=now+timedelta(minutes=1))
            l.refresh_from_db()
            print(l.progress, [ (s.eta) for s in Stop.objects.filter(load_id=l.pk)], [(s.progress, s.counterparty_id) for s in Shipment.objects.filter(owner=b)])
        print([(a.type, a.severity, a.is_open) for a in Alert.objects.filter(owner=b)])
    assert 0
