"""The platform that is none, with refunds: the same checks, faults and clock as for orders."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aftersales.refunds.answers import ADDRESSES, AGREE, AGREE_RETURN, REFUSE
from aftersales.refunds.platform import MESSAGES, READ, RECEIVED
from tests.platforms.stand_in import BEIJING, REQUIRED, Shop, TopError, stamp

REQUIRED.update(
    {
        AGREE: ("refund_infos",),
        REFUSE: ("refund_id", "refuse_message", "refund_phase", "refund_version"),
        AGREE_RETURN: (
            "refund_id", "name", "address", "post", "tel", "mobile", "remark", "seller_address_id", "refund_version",
        ),
        ADDRESSES: (),
    }
)  # fmt: skip
REQUIRED.update({RECEIVED: ("fields",), READ: ("fields", "refund_id"), MESSAGES: ("fields", "refund_id")})
_LISTED = ("refund_id", "tid", "modified")


@dataclass
class RefundShop(Shop):
    refunds: dict[str, dict] = field(default_factory=dict)
    said: dict[str, list[dict]] = field(default_factory=dict)
    touched: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)  # (told as at, shown from)
    addresses: list[dict] = field(default_factory=list)
    wants_code: bool = False  # agreeing needs a code by text message

    def ask_refund(self, number, tid, *, shown_after=timedelta(0), **values):
        self.refunds[number] = {
            "refund_id": number, "tid": int(tid), "oid": int(tid), "status": "WAIT_SELLER_AGREE",
            "created": stamp(self.now), "refund_fee": "60.00", "total_fee": "68.00", "payment": "8.00",
            "good_status": "BUYER_RECEIVED", "has_good_return": False, "reason": "质量问题", "desc": "起球",
            "num": 1, "num_iid": 1000, "outer_id": "P0-M", "title": "真丝连衣裙 0", "refund_phase": "onsale",
            "refund_version": 1717214400000, "cs_status": 1, "dispute_type": "REFUND",
            "refund_remind_timeout": {"exist_timeout": True, "timeout": stamp(self.now + timedelta(days=2))},
        } | values  # fmt: skip
        self.change_refund(number, shown_after=shown_after)

    def change_refund(self, number, *, shown_after=timedelta(0), **values):
        self.refunds[number] |= values | {"modified": stamp(self.now)}
        self.touched[number] = (self.now, self.now + shown_after)

    def speak(self, number, content, role=1, **values):
        thread = self.said.setdefault(number, [])
        thread.append({"id": 900 + len(thread), "owner_role": str(role), "content": content,
                       "created": stamp(self.now), "message_type": "NORMAL"} | values)  # fmt: skip
        self.change_refund(number)

    def answer(self, method, params):
        mine = {
            RECEIVED: self._received, READ: self._refund, MESSAGES: self._messages, AGREE: self._agree,
            REFUSE: self._refuse, AGREE_RETURN: self._agree_return, ADDRESSES: self._addresses,
        }  # fmt: skip
        if method not in mine:
            return super().answer(method, params)
        self.calls[method] += 1
        return mine[method](params)

    def _received(self, params):
        start, end = (
            datetime.fromisoformat(params[name]).replace(tzinfo=BEIJING) for name in ("start_modified", "end_modified")
        )
        end += timedelta(seconds=1)
        found = [number for number, (at, shown) in self.touched.items() if start <= at < end and shown <= self.now]
        found.sort(key=lambda number: self.touched[number][0], reverse=True)
        page, size = int(params.get("page_no", 1)), int(params.get("page_size", 40))
        rows = [
            {name: self.refunds[number][name] for name in _LISTED} for number in found[(page - 1) * size : page * size]
        ]
        if params.get("use_has_next") == "true":
            answer = {"has_next": len(found) > page * size}
            if self.on_page:
                self.on_page(self)
        else:
            answer = {"total_results": len(found)}
        if rows:
            answer["refunds"] = {"refund": rows[0] if self.pick == "single" and len(rows) == 1 else rows}
        return answer

    def _refund(self, params):
        if params["refund_id"] not in self.refunds:
            raise TopError(15, "isv.refund-not-exist", "no such refund")
        names = params["fields"].split(",")
        return {"refund": {name: value for name, value in self.refunds[params["refund_id"]].items() if name in names}}

    def _messages(self, params):
        page, size = int(params.get("page_no", 1)), int(params.get("page_size", 40))
        rows = self.said.get(params["refund_id"], [])[(page - 1) * size : page * size]
        return {"refund_messages": {"refund_message": rows}} if rows else {}

    # answers

    def _waiting(self, number, version, *states):
        refund = self.refunds.get(number)
        if refund is None:
            raise TopError(15, "isv.refund-not-exist", "no such refund")
        if refund["status"] not in states:
            raise TopError(15, "isv.refund-status-error", f"state {refund['status']}")
        if str(refund["refund_version"]) != version:
            raise TopError(15, "isv.refund-version-error", "version")
        return refund

    def _answered(self, kind, number, *what, **values):
        self.done.append((kind, number, *what))
        self.change_refund(number, refund_version=self.refunds[number]["refund_version"] + 1, **values)

    def _agree(self, params):
        number, fen, version, phase = params["refund_infos"].split("|")
        refund = self._waiting(number, version, "WAIT_SELLER_AGREE", "WAIT_SELLER_CONFIRM_GOODS")
        result = {
            "refund_id": number,
            "succ": not self.wants_code,
            "message": "需要短信验证码" if self.wants_code else "",
        }
        if self.wants_code or fen != str(int(float(refund["refund_fee"]) * 100)):
            return {"succ": False, "msg_code": "OP_FAILURE_UE", "results": {"refund_mapping_result": [result]}}
        self._answered("agree", number, fen, phase, status="SUCCESS", end_time=stamp(self.now))
        return {"succ": True, "msg_code": "OP_SUCC", "results": {"refund_mapping_result": result}}

    def _refuse(self, params):
        self._waiting(params["refund_id"], params["refund_version"], "WAIT_SELLER_AGREE", "WAIT_SELLER_CONFIRM_GOODS")
        if not 2 <= len(params["refuse_message"]) <= 200 or not 0 < len(self.files.get("refuse_proof", b"")) <= 130_000:
            raise TopError(41, "isv.invalid-parameter")
        self._answered("refuse", params["refund_id"], params["refuse_message"], self.files["refuse_proof"],
                       status="SELLER_REFUSE_BUYER")  # fmt: skip
        return {"is_success": True, "refund": {"refund_id": params["refund_id"]}}

    def _agree_return(self, params):
        self._waiting(params["refund_id"], params["refund_version"], "WAIT_SELLER_AGREE")
        if int(params["seller_address_id"]) not in {entry["contact_id"] for entry in self.addresses}:
            raise TopError(41, "isv.invalid-parameter:seller_address_id")
        told = {name: params.get(name) for name in ("name", "address", "mobile", "remark", "post_fee_bear_role")}
        self._answered("return", params["refund_id"], told, status="WAIT_BUYER_RETURN_GOODS")
        return {"is_success": True}

    def _addresses(self, _params):
        return {"addresses": {"address_result": self.addresses}} if self.addresses else {}
