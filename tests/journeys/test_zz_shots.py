import pytest
pytestmark = pytest.mark.browser
def test_shots(served, sign_in):
    page=sign_in("Brasov Harness", viewport={"width":390,"height":844}); slug="brasov"
    page.goto(f"{served.url}/t/{slug}/forecasts/commits/?view=gaps")
    s=page.locator("#commits-form tbody th a").first.get_attribute("href").split(f"/t/{slug}/")[1]
    for p in [s,"forecasts/terms/","forecasts/thresholds/","forecasts/commits/grid/"]:
        r=page.goto(f"{served.url}/t/{slug}/{p}"); page.wait_for_timeout(900)
        sw=page.evaluate("document.documentElement.scrollWidth")
        wide=page.evaluate("[...document.querySelectorAll('main *')].filter(e=>e.getBoundingClientRect().right>395 && !e.closest('.scroll,.seg,plan-grid')).slice(0,6).map(e=>e.tagName+'.'+e.className+'#'+e.id+' '+Math.round(e.getBoundingClientRect().right))")
        page.screenshot(path=f"/tmp/c/zy-{p.strip('/').replace('/','-')[:24]}.png", full_page=True)
        print("PAGE", p,r.status,"scroll",sw, wide, flush=True)
    d=sign_in("Brasov Harness")
    d.goto(f"{served.url}/t/{slug}/forecasts/commits/grid/?part=BRA-HR00003"); d.wait_for_timeout(1500)
    cell=d.locator("plan-grid [role=gridcell]:not([aria-readonly=true])").nth(2)
    cell.click(); d.keyboard.type("500"); d.keyboard.press("Enter"); d.wait_for_timeout(400)
    d.get_by_role("button", name="Send").first.click(); d.wait_for_timeout(500)
    d.screenshot(path="/tmp/c/zy-send.png")
    print("PAGE dialog", d.locator("dialog").last.inner_text()[:400].replace("\n"," | "), flush=True)
    sel=d.locator("dialog select")
    if sel.count(): sel.first.select_option("capacity")
    d.locator("dialog button[type=submit], dialog .btn-p").last.click(); d.wait_for_timeout(2500)
    d.screenshot(path="/tmp/c/zy-sent.png")
    a=sign_in("Avalon Motors")
    a.goto(f"{served.url}/t/avalon/forecasts/commits/?view=gaps"); a.wait_for_timeout(500)
    print("PAGE avalon", a.locator("#commits").inner_text()[:500].replace("\n"," | "), flush=True)
