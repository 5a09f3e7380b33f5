"""Signs webhooks with the vendors' own code, and says what that code thinks of each.

One JSON object a line: vendor, url, query, headers, body, good. The requests are drawn from a seed, so that a run can be
repeated; "good" is never our opinion.
"""

import json
import random
import sys
from urllib.parse import urlencode, urlsplit

from slack_sdk.signature import Clock, SignatureVerifier
from twilio.request_validator import RequestValidator

SECRET = sys.argv[1]
NOW = int(sys.argv[2])
RNG = random.Random(int(sys.argv[3]))
WORDS = ["", "a", "Hello there", "größe & co", "100%", "a+b", "👍 ok", "x=y", "line\nbreak", "ünïcode", "Z" * 200, "'\"<>"]


class Form(dict):
    """Several values of one name, as Django's QueryDict offers them."""

    def getlist(self, name):
        return self[name]


def put(vendor, url, headers, body, good):
    print(json.dumps({
        "vendor": vendor, "url": url, "query": urlsplit(url).query,
        "headers": headers, "body": body, "good": good,
    }))


def form():
    names = RNG.sample(["From", "To", "Body", "SmsSid", "from", "Größe", "a b", "_", "A", "AccountSid"], RNG.randint(0, 8))
    return Form({name: [RNG.choice(WORDS) for _ in range(RNG.randint(1, 3))] for name in names})


def encoded(params):
    pairs = [(name, value) for name, values in params.items() for value in values]
    RNG.shuffle(pairs)
    return urlencode(pairs)


def twilio():
    validator = RequestValidator(SECRET)
    for n in range(200):
        url = RNG.choice([
            "https://care.example/hooks/main", "https://care.example:8443/hooks/main/sms?x=1&y=a%20b",
            "http://care.example/hooks/main",
            "https://care.example/jack/hooks/main/%C3%BC",
        ])
        params = form()
        kind = "application/x-www-form-urlencoded"
        signed = params
        if n % 5 == 4:
            # A body in JSON: its hash stands in the address.
            body = json.dumps({"text": RNG.choice(WORDS)})
            url += ("&" if "?" in url else "?") + "bodySHA256=" + validator.compute_hash(body)
            kind, signed, told = "application/json", {}, body
        else:
            body, told = encoded(params), params
        # Both spellings of the port are signed by Twilio now and then.
        spelt = url.replace("care.example/", "care.example:%d/" % (443 if url.startswith("https") else 80)) if n % 3 == 0 else url
        signature = validator.compute_signature(spelt, signed)
        fault = n % 4
        if fault == 1 and kind.startswith("application/x-www"):
            told = Form({**params, "Body": ["something else"]})
            body = encoded(told)
        elif fault == 1:
            body += " "
            told = body
        elif fault == 2:
            url = url.replace("main", "else")
        headers = {"X-Twilio-Signature": signature, "Content-Type": kind}
        put("Twilio", url, headers, body, bool(validator.validate(url, told, signature)))


class Standing(Clock):
    def now(self):
        return NOW


def slack():
    verifier = SignatureVerifier(SECRET, Standing())
    for n in range(100):
        body = encoded(form()) if n % 2 else json.dumps({"event": {"text": RNG.choice(WORDS)}})
        at = str(NOW + RNG.choice([0, 1, -1, 299, -299, 300, -300, 301, -301, 3600, -3600]))
        signature = verifier.generate_signature(timestamp=at, body=body)
        if n % 5 == 1:
            body += " "
        if n % 7 == 1:
            at = str(int(at) + 1)
        if n % 11 == 1:
            signature = "v1" + signature[2:]
        headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
        put("Slack", "https://care.example/hooks/main", headers, body, bool(verifier.is_valid(body, at, signature)))


twilio()
slack()
