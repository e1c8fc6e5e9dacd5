import os, subprocess, sys, time, pytest, signal
from pathlib import Path
from collab.local.folder import unused_port
from tests.live.server import LiveServer, _wait_for, frame, sign_in
from tests.live.test_socket import close_code, put
from tests.harness.cast import found_person

@pytest.mark.committed
def test_uv(cast):
    port=unused_port()
    p=subprocess.Popen([Path(sys.executable).with_name("uvicorn"),"--host","127.0.0.1","--port",str(port),"collab.asgi:application"],cwd="/work/main",env=os.environ)
    try:
        s=LiveServer(p,port); _wait_for(s)
        person=found_person(cast.avalon)
        with s.connect(sign_in(person,cast.avalon)) as sock:
            assert frame(sock)["k"]=="hello"
            put(cast.avalon,2)
            assert [frame(sock)["s"] for _ in range(2)]==[1,2]
            p.terminate()
            assert close_code(sock)==4409
        print("exit",p.wait(10))
    finally:
        p.kill()

@pytest.mark.committed
def test_stalled(cast):
    """granian: a reader that never reads: memory."""
    from tests.live.server import live_server
    from collab.live import feed
    from collab.organisations.context import acting_for
    import socket as so
    with live_server() as s:
        person=found_person(cast.avalon); key=sign_in(person,cast.avalon)
        raw=so.create_connection(("127.0.0.1",s.port))
        raw.setsockopt(so.SOL_SOCKET,so.SO_RCVBUF,4096)
        from django.conf import settings
        raw.sendall((f"GET /ws/live/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {settings.BASE_URL}\r\nCookie: {settings.SESSION_COOKIE_NAME}={key}\r\n\r\n").encode())
        time.sleep(1)
        def rss():
            kids=subprocess.check_output(["pgrep","-P",str(s.process.pid)]).split()
            return sum(int(open(f"/proc/{int(k)}/statm").read().split()[1])*4 for k in kids)
        a=rss()
        body={"t":"test","k":"data","data":{"x":"y"*30000}}
        for n in range(60):
            with acting_for(cast.avalon):
                feed.append("test",[{"en":body,"de":body}]*50)
            if n%10==0: print(n, rss()-a,"kB")
        time.sleep(2); print("end",rss()-a,"kB of",60*50*30,"kB")
