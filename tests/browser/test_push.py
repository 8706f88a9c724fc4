"""Push messages on the page: turned on and off, kept like the shelf, shown by the service worker.

The browser's own push service is out of reach of a test, so `PushManager` gives a subscription of ours; all
else is real, up to the API that stores it.
"""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from plantcast.notifications.push.messages import Message
from plantcast.notifications.push.subscriptions import Subscription, Subscriptions
from tests.browser.checks import accessibility_findings, overhanging
from tests.browser.conftest import OpenPage
from tests.browser.site import Site
from tests.browser.test_home import drawn
from tests.support.push_service import FCM, Browser, KeyPair

pytestmark = [pytest.mark.browser, pytest.mark.network]

PAIR = KeyPair()
BROWSER = Browser(f"{FCM}/fcm/send/abc")
STUB = """
  let subscription = null;
  const { endpoint, keys } = %s;
  PushManager.prototype.getSubscription = async () => subscription;
  PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => (subscription = {
    endpoint,
    options: { applicationServerKey: applicationServerKey.buffer, userVisibleOnly },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => { subscription = null; return true; },
  });
"""


def stub() -> str:
    stored = BROWSER.subscription()
    return STUB % json.dumps(
        {"endpoint": stored.endpoint, "keys": {"p256dh": stored.p256dh, "auth": stored.auth}}
    )


def stored(site: Site) -> list[Subscription]:
    return Subscriptions(site.api.world.table).all(site.api.clock)


def subscribable(open_site: OpenPage, site: Site) -> Page:
    """The page with the card drawn, in a browser that has push and whose reader allows notifications."""
    site.api.world.push_public_key = PAIR.public
    page = open_site(service_workers="allow")
    page.context.grant_permissions(["notifications"])
    page.add_init_script(stub())
    page.reload()
    expect(drawn(page).locator("#push")).to_be_visible()
    return page


def test_a_reader_turns_messages_on_changes_the_hour_and_turns_them_off(
    open_site: OpenPage, site: Site
) -> None:
    page = subscribable(open_site, site)
    card = page.locator("#push")
    expect(card.get_by_label("알림 시각(한국 시간)")).to_have_value("21")

    card.get_by_role("button", name="알림 켜기").click()

    expect(card.get_by_role("button", name="알림 끄기")).to_be_focused()
    (one,) = stored(site)
    assert (one.endpoint, one.p256dh, one.hour, one.lang, one.station) == (
        BROWSER.endpoint, BROWSER.pair.public, 21, "ko", "108",
    )  # fmt: skip
    assert accessibility_findings(page) == []
    assert overhanging(page) == []
    assert one.plants[0].startswith("default")
    assert page.evaluate(
        "navigator.serviceWorker.ready"
        ".then(({ pushManager }) => pushManager.getSubscription())"
        ".then(({ options }) => new Uint8Array(options.applicationServerKey).length)"
    ) == 65  # fmt: skip

    with page.expect_response("**/api/push/subscriptions"):
        card.get_by_label("알림 시각(한국 시간)").select_option("아침 7시")
    assert [one.hour for one in stored(site)] == [7]
    with page.expect_response("**/api/push/subscriptions"):
        page.locator("#language").click()
    assert [one.lang for one in stored(site)] == ["en"]

    # The stub forgets with the page, as a browser may: what was on is subscribed to anew.
    site.api.world.table.items.clear()
    site.api.show()
    with page.expect_response("**/api/push/subscriptions"):
        page.reload()
    expect(card.get_by_role("button", name="Turn off")).to_be_visible()
    assert [(one.hour, one.lang) for one in stored(site)] == [(7, "en")]

    with page.expect_response("**/api/push/unsubscribe"):
        card.get_by_role("button", name="Turn off").click()
    expect(card.get_by_role("button", name="Turn on")).to_be_visible()
    assert stored(site) == []


def test_a_message_is_shown_and_leads_to_the_plant(open_site: OpenPage, site: Site) -> None:
    page = subscribable(open_site, site)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    session = page.context.new_cdp_session(page)
    registrations: list[dict[str, str]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated", lambda found: registrations.extend(found["registrations"])
    )
    session.send("ServiceWorker.enable")
    for _ in range(200):
        if registrations:
            break
        page.wait_for_timeout(20)
    message = Message("서울 식물 알림", "몬스테라 · 오늘 밤: 추우니 실내로 들여 주세요.", "/?plant=monstera")
    session.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": site.url.split("/plantcast")[0],
            "registrationId": registrations[-1]["registrationId"],
            "data": message.to_json(),
        },
    )
    shown = page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.ready;
      for (;;) {
        const [notification] = await registration.getNotifications();
        if (notification) {
          const { title, body, tag, data } = notification;
          return { title, body, tag, url: data.url };
        }
        await new Promise((done) => { setTimeout(done, 20); });
      }
    }""")
    assert shown == vars(message)

    # A click cannot be made without a desktop; and without one no window may be brought to the front.
    page.context.service_workers[0].evaluate("""async () => {
      const [notification] = await registration.getNotifications();
      WindowClient.prototype.focus = async function () { return this; };
      dispatchEvent(new NotificationEvent("notificationclick", { notification }));
    }""")
    page.wait_for_url("**/index.html#/?plant=monstera")


def test_where_there_is_no_push_there_is_no_card_and_an_iphone_is_told_how(
    open_site: OpenPage, site: Site
) -> None:
    with_none = open_site()
    with with_none.expect_response("**/api/push"):
        with_none.reload()
    expect(drawn(with_none).locator("#push")).to_have_count(0)

    site.api.world.push_public_key = PAIR.public
    iphone = open_site(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1")
    iphone.add_init_script("delete window.PushManager")
    iphone.reload()
    expect(drawn(iphone).locator("#push")).to_contain_text("홈 화면에 추가")
    expect(iphone.locator("#push button")).to_have_count(0)
