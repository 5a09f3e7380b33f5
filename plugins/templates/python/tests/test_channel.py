"""The whole plugin on this machine, without a sandbox and without a network, once it was built (`jackfield plugin build`):

    PYTHONPATH=src:.jackfield/bindings python3 -m unittest

The network is a function from a request to an answer. `jackfield plugin test` runs the same plugin in the sandbox
against a stand-in that has state and faults.
"""

import json
import unittest
from pathlib import Path
from unittest import mock

from channel import Channel
from componentize_py_types import Err
from wit_world.exports import channel as contract
from wit_world.imports import http, types

SETTINGS = json.dumps({"server": "https://book.example/"})
ME = {"id": "1", "name": "northwind", "display": "", "page": None, "readers": 5210, "automated": False}
CHANGES = json.loads((Path(__file__).parent.parent / "fixtures/changes.json").read_text())


def answer(status, body):
    text = body if isinstance(body, str) else json.dumps(body)
    return http.Response(status, [], text.encode())


def draft(visibility):
    return contract.Draft("key-1", "3", "115", visibility, "From nine to six.", None, 1793612400000, [])


def header(request, name):
    return next(one.value for one in request.headers if one.name == name)


class Guestbook(unittest.TestCase):
    def network(self, reply):
        """Every request is answered by `reply`; what was sent is kept."""
        sent = mock.patch.object(http, "send", side_effect=reply)
        self.sent = sent.start()
        self.addCleanup(sent.stop)

    def test_what_happened_becomes_events(self):
        def reply(request):
            self.assertEqual(header(request, "authorization").value, http.SecretUse("token", "Bearer ", ""))
            path = request.url.removeprefix("https://book.example")
            if path == "/book/me":
                return answer(200, ME)
            self.assertEqual(path, "/book/changes?after=6&limit=50")
            return answer(200, CHANGES)

        self.network(reply)
        found = Channel().poll(SETTINGS, b"6", 200)
        self.assertEqual((found.cursor, found.more), (b"10", True))
        posted, edited, ours, deleted = found.events
        self.assertEqual((posted.revision, edited.revision), (0, 1793611860500))
        self.assertIn("Tuesday", edited.kind.value.text)
        self.assertEqual((posted.ours, ours.ours), (False, True))
        self.assertEqual(ours.visibility, types.Visibility_Direct())
        self.assertEqual((ours.thread, ours.parent), ("3", "115"))
        self.assertEqual(deleted.kind, types.Kind_Deleted())

    def test_an_answer_carries_its_key_and_never_goes_wider(self):
        def reply(request):
            self.assertEqual(header(request, "idempotency-key").value, "key-1")
            self.assertTrue(json.loads(request.body)["private"])
            return answer(201, {"id": "117", "posted": "2026-11-02T09:36:00Z"})

        self.network(reply)
        receipt = Channel().publish(SETTINGS, draft(types.Visibility_Direct()))
        self.assertEqual((receipt.remote_id, receipt.at), ("117", 1793612160000))
        with self.assertRaises(Err) as raised:
            Channel().publish(SETTINGS, draft(types.Visibility_Followers()))
        self.assertIsInstance(raised.exception.value, contract.Refusal_Rule)
        self.assertEqual(self.sent.call_count, 1, "what cannot be kept private is not sent")

    def test_what_the_network_says_no_with_is_told_apart(self):
        cases = {
            401: types.Trouble_Credential,
            429: types.Trouble_Later,
            503: types.Trouble_Later,
            403: types.Trouble_Refused,
            200: types.Trouble_Unexpected,
        }
        for status, expected in cases.items():
            self.network(lambda request: answer(status, "half of"))
            with self.assertRaises(Err) as raised:
                Channel().poll(SETTINGS, None, 10)
            self.assertIsInstance(raised.exception.value, expected, status)

    def test_in_doubt_it_is_asked_for_and_not_sent_again(self):
        self.network(Err(http.Failure_TimedOut()))
        with self.assertRaises(Err) as raised:
            Channel().publish(SETTINGS, draft(types.Visibility_Public()))
        self.assertEqual(raised.exception.value, contract.Refusal_Trouble(types.Trouble_Later(None)))

        def reply(request):
            self.assertEqual((request.method, request.url), ("GET", "https://book.example/book/entries?key=key-1"))
            return answer(200, {"entries": []})

        self.network(reply)
        self.assertIsNone(Channel().reconcile(SETTINGS, draft(types.Visibility_Public())))


if __name__ == "__main__":
    unittest.main()
