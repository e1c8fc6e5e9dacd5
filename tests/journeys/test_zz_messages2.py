import json, time, urllib.request, os
from tests.journeys.test_screens import Inspection, SIZES
import pytest
pytestmark = pytest.mark.browser

def test_x(served, sign_in):
    out=open('/tmp/c/m2-ui.txt','w')
    def raw(data, organisation, sender=""):
        r=urllib.request.Request(served.url+"/api/v1/messages"+(f"?sender={sender}" if sender else ""),method="POST",data=data,headers={"Authorization":f"Bearer {served.keys[organisation]}","Content-Type":"application/edifact"})
        return json.loads(urllib.request.urlopen(r,timeout=20).read())
    print(list(served.keys), file=out)
    rows=served.call("GET","/api/v1/delivery-schedules?limit=5","Avalon Motors")["items"]
    print(len(rows), rows[:1], file=out)
    groups=served.call("GET","/api/v1/capacity-groups?limit=5","Brasov Harness")["items"]
    for form in ("delfor","x12","catenax"):
        try:
            made=served.call("POST",f"/api/v1/delivery-schedules/{rows[0]['id']}/message","Avalon Motors",{"form":form})
            print(made, file=out)
        except urllib.error.HTTPError as e:
            print(form, e.code, e.read(), file=out)
    held=raw(b"UNB+UNOC:3+O0013000OEM:OD+O1:OD+261122:0600+77'UNH+1+DELFOR:D:04A:UN'BGM+241+9+5'UNT+3+1'UNZ+1+77'","Avalon Motors")
    bad=raw(b"hello","Avalon Motors")
    print(held, bad, file=out)
    time.sleep(4)
    faults=[]
    for size in SIZES:
        page=sign_in("Avalon Motors")
        page.set_viewport_size(SIZES[size])
        i=Inspection(served,page,"Avalon Motors",size)
        for a in ["integrations/messages/","integrations/messages/outgoing/",f"integrations/messages/{held['id']}/",f"integrations/messages/{bad['id']}/",f"integrations/messages/outgoing/{made['id']}/" if 'made' in dir() else "integrations/messages/",f"forecasts/releases/{rows[0]['id']}/","integrations/messages/profiles/","integrations/messages/profiles/new","exceptions/"]:
            i.visit(i.root+a)
            if "releases" in a:
                page.click(".menu-d summary")
                i.look(a+"menu/")
        link=i.first_link("a[href*='/messages/outgoing/0']")
        faults+=i.faults
        page.context.close() if False else None
    if groups:
        page=sign_in("Brasov Harness"); page.set_viewport_size(SIZES["desk"])
        i=Inspection(served,page,"Brasov Harness","desk")
        i.visit(i.root+f"forecasts/capacity/{groups[0]['id']}/")
        faults+=i.faults
        try:
            print(served.call("GET",f"/api/v1/capacity-groups/{groups[0]['id']}/message","Brasov Harness"), file=out)
        except urllib.error.HTTPError as e:
            print("cap", e.code, e.read(), file=out)
    # round trip of the demo
    n=bad_=0
    print("\n".join(faults) or "no faults", file=out)
    out.close()
