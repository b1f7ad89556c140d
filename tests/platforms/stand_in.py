"""A shop on a platform that is none: it checks what the real one checks and answers in the documented shapes.

It can be told to misbehave: `shop.faults` is a list of (method, fault); each is used up by one request of the method.
"""

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from orders.platforms.top.signing import sign

BEIJING = ZoneInfo("Asia/Shanghai")
APP_KEY, SECRET, SESSION = "12345678", "a-secret", "a-session"
INCREMENTS, READ = "taobao.trades.sold.incrementv.get", "taobao.trade.fullinfo.get"
SHIP, MEMO, CLOSE = "taobao.logistics.offline.send", "taobao.trade.memo.update", "taobao.trade.close"
REQUIRED = {
    INCREMENTS: ("fields", "start_create", "end_create"),
    READ: ("fields", "tid"),
    SHIP: ("tid", "out_sid", "company_code"),
    MEMO: ("tid",),
    CLOSE: ("tid", "close_reason"),
}
REASONS = {
    "未及时付款", "买家不想买了", "买家信息填写错误，重新拍", "恶意买家/同行捣乱", "缺货", "买家拍错了", "同城见面交易",
}  # fmt: skip
CLOSED = {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}
# faults
LOST_ANSWER, LOST_REQUEST, SILENCE = "lost answer", "lost request", "silence"
BAN, OVERLOADED, BROKEN, GARBAGE = "ban", "overloaded", "5xx", "garbage"


class TopError(Exception):
    def __init__(self, code, sub_code="", sub_msg="", msg="error"):
        super().__init__(code, sub_code)
        self.body = {"code": code, "msg": msg, "sub_code": sub_code, "sub_msg": sub_msg, "request_id": "r1"}


def stamp(moment):
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


@dataclass
class Shop:
    """What the platform knows; its time is set by the test."""

    now: datetime
    trades: dict[str, dict] = field(default_factory=dict)
    changed: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # tid -> (told as at, shown from)
    faults: list[tuple[str, str]] = field(default_factory=list)
    calls: Counter = field(default_factory=Counter)
    done: list[tuple] = field(default_factory=list)  # what was carried out
    used_numbers: set[str] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)  # of the last request
    pick: str = "list"  # "single": one item stands alone instead of in a list
    on_page: object = None  # called between the pages of increments
    lock: threading.RLock = field(default_factory=threading.RLock)

    def add(self, tid, *, lines=1, status="WAIT_SELLER_SEND_GOODS", shown_after=timedelta(0), **values):
        made = stamp(self.now)
        orders = [
            {
                "oid": int(tid) + place, "status": status, "refund_status": "NO_REFUND", "title": f"真丝连衣裙 {place}",
                "price": "60.00", "num": 1 + place % 2, "outer_iid": f"P{place}", "outer_sku_id": f"P{place}-M",
                "sku_properties_name": "颜色分类:红;尺码:M", "num_iid": 1000 + place, "sku_id": str(2000 + place),
                "total_fee": f"{60 * (1 + place % 2)}.00", "payment": f"{60 * (1 + place % 2)}.00",
            }
            for place in range(lines)
        ]  # fmt: skip
        total = sum(60 * order["num"] for order in orders)
        self.trades[tid] = {
            "tid": int(tid), "tid_str": tid, "title": "某某旗舰店", "type": "fixed", "status": status, "created": made,
            "pay_time": None if status == "WAIT_BUYER_PAY" else made, "payment": f"{total + 8}.00",
            "total_fee": f"{total}.00", "post_fee": "8.00", "received_payment": "0.00", "buyer_nick": f"买**{tid[-3:]}",
            "receiver_name": "张*", "receiver_mobile": "*******1234", "receiver_state": "浙江省",
            "receiver_city": "杭州市", "receiver_district": "西湖区", "receiver_town": "文新街道",
            "receiver_address": "文**路***号", "receiver_zip": "310000", "oaid": f"oaid-{tid}", "seller_flag": 0,
            "shipping_type": "express", "orders": {"order": orders},
        } | values  # fmt: skip
        self.touch(tid, shown_after=shown_after)
        return self.trades[tid]

    def change(self, tid, *, shown_after=timedelta(0), lines=None, **values):
        self.trades[tid].update(values)
        for order in self.orders(tid):
            order.update(lines or {})
        self.touch(tid, shown_after=shown_after)

    def touch(self, tid, *, shown_after=timedelta(0)):
        self.trades[tid]["modified"] = stamp(self.now)
        self.changed[tid] = (self.now, self.now + shown_after)

    def orders(self, tid):
        return self.trades[tid]["orders"]["order"]

    # the methods

    def answer(self, method, params):
        self.calls[method] += 1
        return {INCREMENTS: self._increments, READ: self._read, SHIP: self._ship, MEMO: self._memo, CLOSE: self._close}[
            method
        ](params)

    def _increments(self, params):
        start, end = (
            datetime.fromisoformat(params[name]).replace(tzinfo=BEIJING) for name in ("start_create", "end_create")
        )
        if not timedelta(0) < end - start <= timedelta(days=1):
            raise TopError(40, "isv.invalid-parameter", "the span is longer than one day")
        end += timedelta(seconds=1)
        found = [tid for tid, (at, shown) in self.changed.items() if start <= at < end and shown <= self.now]
        found.sort(key=lambda tid: self.changed[tid][0], reverse=True)
        page, size = int(params.get("page_no", 1)), int(params.get("page_size", 40))
        rows = [
            {"tid": int(tid), "modified": self.trades[tid]["modified"]}
            for tid in found[(page - 1) * size : page * size]
        ]
        if params.get("use_has_next") == "true":
            answer = {"has_next": len(found) > page * size}
            if self.on_page:
                self.on_page(self)
        else:
            answer = {"total_results": len(found)}
        if rows:
            answer["trades"] = {"trade": rows[0] if self.pick == "single" and len(rows) == 1 else rows}
        return answer

    def _trade(self, params, error="isv.trade-not-exist"):
        if params["tid"] not in self.trades:
            raise TopError(15, error, "no such trade")
        return self.trades[params["tid"]]

    def _read(self, params):
        trade, names = self._trade(params), params["fields"].split(",")
        answer = {name: value for name, value in trade.items() if value is not None and name in names}
        below = {name.partition(".")[2] for name in names if name.startswith("orders.")}
        orders = [
            {name: value for name, value in order.items() if name in below or "orders" in names}
            for order in trade["orders"]["order"]
        ]
        answer["orders"] = {"order": orders[0] if self.pick == "single" and len(orders) == 1 else orders}
        return {"trade": answer}

    def _ship(self, params):
        code = "isv.logistics-offline-service-error:"
        trade = self._trade(params, f"{code}B01")
        if bool(params.get("sub_tid")) != (params.get("is_split") == "1"):
            raise TopError(15, f"{code}CD22", "split without lines")
        wanted = set(params["sub_tid"].split(",")) if params.get("sub_tid") else None
        orders = [
            order
            for order in trade["orders"]["order"]
            if order["status"] not in CLOSED and (wanted is None or str(order["oid"]) in wanted)
        ]
        if not orders or any(order["status"] != "WAIT_SELLER_SEND_GOODS" for order in orders):
            raise TopError(15, f"{code}B04", "already shipped or closed")
        if params["out_sid"] in self.used_numbers:
            raise TopError(15, f"{code}B60", "used")
        for order in orders:
            order.update(
                status="WAIT_BUYER_CONFIRM_GOODS", invoice_no=params["out_sid"], consign_time=stamp(self.now),
                logistics_company=params["company_code"],
            )  # fmt: skip
        rest = [order for order in trade["orders"]["order"] if order["status"] == "WAIT_SELLER_SEND_GOODS"]
        trade["status"] = "SELLER_CONSIGNED_PART" if rest else "WAIT_BUYER_CONFIRM_GOODS"
        trade["consign_time"] = stamp(self.now)
        self._note("ship", params["tid"], params["out_sid"])
        return {"shipping": {"is_success": True}}

    def _memo(self, params):
        trade = self._trade(params)
        memo = params.get("memo", "")
        if len(memo.encode()) > 1000:
            raise TopError(41, "isv.invalid-parameter:memo", "too long")
        if params.get("reset") == "true" or memo:
            trade["seller_memo"] = memo or None
        trade["seller_flag"] = int(params.get("flag", 0))
        self._note("memo", params["tid"], memo, trade["seller_flag"])
        return {"trade": {"tid": trade["tid"], "modified": trade["modified"]}}

    def _close(self, params):
        trade = self._trade(params)
        if params["close_reason"] not in REASONS:
            raise TopError(41, "isv.invalid-parameter:close_reason")
        if trade["status"] != "WAIT_BUYER_PAY":
            raise TopError(15, "isv.trade-service-error", "state")
        trade["status"] = "TRADE_CLOSED_BY_TAOBAO"
        for order in trade["orders"]["order"]:
            order["status"] = "TRADE_CLOSED_BY_TAOBAO"
        self._note("close", params["tid"], params["close_reason"])
        return {"trade": {"tid": trade["tid"], "modified": trade["modified"]}}

    def _note(self, *what):
        self.done.append(what)
        self.touch(what[1])

    def carried_out(self, kind):
        return [what[1:] for what in self.done if what[0] == kind]


def parts_of(kind, body):
    """Return the values and the files of a request, in either form."""
    if not kind.startswith("multipart/"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)), {}
    message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    params, files = {}, {}
    for part in message.get_payload():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if part.get_filename():
            files[name] = content
        else:
            params[name] = content.decode()
    return params, files


def check(params):
    """Refuse what the gateway refuses before it looks at the method."""
    for name, missing, invalid, right in (
        ("app_key", 28, 29, APP_KEY), ("session", 26, 27, SESSION), ("v", 32, 33, "2.0"), ("format", 23, 23, "json"),
    ):  # fmt: skip
        if params.get(name) != right:
            raise TopError(invalid if name in params else missing, f"isv.invalid-{name}")
    check_signature(params)
    sent = datetime.fromisoformat(params.get("timestamp", "2000-01-01")).replace(tzinfo=BEIJING)
    if abs(datetime.now(BEIJING) - sent) > timedelta(minutes=10):
        raise TopError(31, "isv.invalid-timestamp")
    if params["method"] not in REQUIRED:
        raise TopError(22, "isv.invalid-method")
    for name in REQUIRED[params["method"]]:
        if not params.get(name):
            raise TopError(40, f"isv.missing-parameter:{name}")


def check_signature(params):
    if "sign" not in params:
        raise TopError(24, "isv.missing-signature")
    method = params.get("sign_method", "")
    if method not in {"md5", "hmac", "hmac-sha256"} or sign(params, secret=SECRET, method=method) != params["sign"]:
        raise TopError(25, "isv.invalid-signature")


REFUSALS = {
    BAN: TopError(7, "accesscontrol.limited-by-api-access-count", "This ban will last for 90 more seconds"),
    OVERLOADED: TopError(15, "isp.top-remote-service-unavailable"),
}


class Handler(BaseHTTPRequestHandler):
    shop: Shop

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        params, self.shop.files = parts_of(self.headers["Content-Type"], body)
        with self.shop.lock:
            fault = self._fault(params.get("method", ""))
            if fault == LOST_REQUEST:
                return self._hang_up()
            if fault == BROKEN:
                return self._send(502, b"<html>bad gateway</html>")
            if fault == GARBAGE:
                return self._send(200, b"<html>busy</html>")
            answer = self._answer(params, fault)
        if fault == SILENCE:
            time.sleep(1)
        return self._hang_up() if fault in {LOST_ANSWER, SILENCE} else self._send(200, json.dumps(answer).encode())

    def _fault(self, method):
        for place, (wanted, fault) in enumerate(self.shop.faults):
            if wanted in {method, ""}:
                del self.shop.faults[place]
                return fault
        return ""

    def _answer(self, params, fault):
        if fault in REFUSALS:
            return {"error_response": REFUSALS[fault].body}
        try:
            check(params)
            answer = self.shop.answer(params["method"], params)
        except TopError as error:
            return {"error_response": error.body}
        root = f"{params['method'].removeprefix('taobao.').replace('.', '_')}_response"
        return {root: answer | {"request_id": "r1"}}

    def _send(self, status, content):
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _hang_up(self):
        self.close_connection = True
        self.connection.close()

    def log_message(self, *_args):
        """Say nothing."""


@contextmanager
def serve(shop):
    """Run the shop's server on this machine; yield the gateway's address."""
    handler = type("ShopHandler", (Handler,), {"shop": shop})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.handle_error = lambda *_args: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/router/rest"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
