"""Two judges of business time beside ours.

`cases SEED FROM COUNT` draws calendars and instants and says what the package businesstimedelta makes of each, from the
case of that number on.
`judge` reads such cases and says what a clock on the wall makes of them, minute by minute: slow, and simple enough to be
believed. Both write one JSON object a line. Zones come from the packages pytz and tzdata, not from the machine.
"""

import datetime
import json
import math
import os
import random
import signal
import sys

os.environ["PYTHONTZPATH"] = ""  # before zoneinfo is imported: the package tzdata alone
import zoneinfo  # noqa: E402

UTC = datetime.timezone.utc
MINUTE = datetime.timedelta(minutes=1)
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# One of each kind: an hour in the north and in the south, half an hour, two hours, at midnight, given up, never had, a
# day left out, and offsets of 30 and 45 minutes.
ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Sydney",
    "Australia/Lord_Howe", "Antarctica/Troll", "America/Havana", "America/Santiago", "America/Sao_Paulo",
    "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Chatham", "America/St_Johns", "Asia/Beirut",
    "Africa/Cairo", "Asia/Tehran", "UTC", "Asia/Tokyo",
]


def shown(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def minutes(text):
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)


def changes(name):
    """The days on which the clocks of a zone change, 2001 to 2036."""
    zone = zoneinfo.ZoneInfo(name)
    day = datetime.datetime(2001, 1, 1, tzinfo=UTC)
    found, before = [], None
    while day.year < 2037:
        offset = day.astimezone(zone).utcoffset()
        if before is not None and offset != before:
            found.append(day)
        before, day = offset, day + datetime.timedelta(days=1)
    return found


def hours(chance):
    """The stretches of one day: none, one (perhaps a night), or two."""
    kind = chance.random()
    if kind < 0.15:
        return []
    if kind < 0.6:
        begin = chance.randrange(0, 96) * 15
        end = (begin + chance.randrange(4, 60) * 15) % 1440
        return [(begin, end)]
    cuts = sorted(chance.sample(range(0, 96), 4))
    return [(cuts[0] * 15, cuts[1] * 15), (cuts[2] * 15, cuts[3] * 15)]


def overlaps(week):
    taken = set()
    for day, stretches in enumerate(week):
        for begin, end in stretches:
            for minute in range(begin, end if end > begin else end + 1440):
                place = (day * 1440 + minute) % 10080
                if place in taken:
                    return True
                taken.add(place)
    return len(taken) < 600


def draw(chance, jumps):
    zone = chance.choice(ZONES)
    while True:
        week = [hours(chance) for _ in DAYS]
        if not overlaps(week):
            break
    if jumps[zone] and chance.random() < 0.6:
        middle = chance.choice(jumps[zone])
    else:
        middle = datetime.datetime(2001, 1, 1, tzinfo=UTC) + datetime.timedelta(days=chance.randrange(13_000))
    begin = middle - MINUTE * chance.randrange(0, 4 * 1440)
    end = begin + MINUTE * chance.randrange(1, 12 * 1440)
    local = middle.astimezone(zoneinfo.ZoneInfo(zone)).date()
    holidays = sorted({local + datetime.timedelta(days=chance.randrange(-4, 12)) for _ in range(chance.randrange(3))})
    # A special day is more than the package knows: those cases go to the other judge alone.
    special = {}
    if chance.random() < 0.1:
        day = local + datetime.timedelta(days=chance.randrange(-3, 6))
        special[day.isoformat()] = [f"{shown(b)}-{shown(e)}" for b, e in hours(chance)]
    written = {day: [f"{shown(b)}-{shown(e)}" for b, e in stretches] for day, stretches in zip(DAYS, week)}
    calendar = {"zone": zone, "week": written, "holidays": [day.isoformat() for day in holidays], "special": special}
    span = chance.randrange(1, 30 * 60)
    return {"calendar": calendar, "from": int(begin.timestamp()), "to": int(end.timestamp()), "span": span * 60}


def package(case):
    """What businesstimedelta says: seconds between, and the instant that is reached."""
    import businesstimedelta
    import pytz

    calendar = case["calendar"]
    zone = pytz.timezone(calendar["zone"])
    rules = []
    for day, stretches in enumerate(calendar["week"][name] for name in DAYS):
        for text in stretches:
            begin, end = map(minutes, text.split("-"))
            # Its own nights forget what is left of them for whoever asks in them, so they are cut at midnight. It has
            # no 24:00: a microsecond is missing there, and the answers are rounded to the minutes all times here have.
            late = datetime.time.max
            parts = [(day, clock(begin), clock(end))]
            if end <= begin:
                parts = [(day, clock(begin), late), ((day + 1) % 7, datetime.time(), clock(end))]
            for on, first, last in parts:
                if first != last:
                    rules.append(businesstimedelta.WorkDayRule(first, last, working_days=[on], tz=zone))
    if calendar.get("holidays", []):
        # It falls where no holiday follows: one that is too late to matter.
        late = datetime.datetime.fromtimestamp(case["to"], UTC).date() + datetime.timedelta(days=60)
        dates = {datetime.date.fromisoformat(day) for day in calendar.get("holidays", [])} | {late}
        rules.append(businesstimedelta.HolidayRule(dates, tz=zone))
    rules = businesstimedelta.Rules(rules)
    begin, end = (datetime.datetime.fromtimestamp(case[key], UTC) for key in ("from", "to"))
    between = rules.difference(begin, end).timedelta.total_seconds()
    half = datetime.timedelta(seconds=case["span"], milliseconds=-500)
    reached = begin + businesstimedelta.BusinessTimeDelta(rules, timedelta=half)
    return whole(between), whole(reached.timestamp())


def clock(minute):
    return datetime.time(minute // 60, minute % 60)


def whole(seconds):
    """The next whole minute."""
    return math.ceil(seconds / 60) * 60


class NoEnd(Exception):
    """The package goes round in circles."""


def give_up(*_):
    raise NoEnd


def asked(case):
    """What the package says; nonsense where half a second of computing has brought it nowhere."""
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)
    try:
        return package(case)
    except NoEnd:
        return -1, -1
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


class Wall:
    """Whether the wall's time is within the hours that stand on the page."""

    def __init__(self, calendar):
        def read(texts):
            return [tuple(map(minutes, text.split("-"))) for text in texts]

        self.week = [read(calendar["week"][name]) for name in DAYS]
        self.holidays = {datetime.date.fromisoformat(day) for day in calendar.get("holidays", [])}
        self.special = {datetime.date.fromisoformat(day): read(texts) for day, texts in calendar.get("special", {}).items()}
        self.zone = zoneinfo.ZoneInfo(calendar["zone"])

    def open(self, wall):
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        before = day - datetime.timedelta(days=1)
        today = self.special.get(day)
        if today is None and day in self.holidays:
            return False
        nights = []
        if today is None:
            today = self.week[day.weekday()]
            nights = self.week[before.weekday()] + self.special.get(before, [])
        evening = any(b <= minute < e or (e <= b <= minute) for b, e in today)
        return evening or any(e <= b and minute < e for b, e in nights)

    def minutes(self, begin):
        """Each minute from an instant on, and whether it is open: by the latest time that the wall has shown so far."""
        latest = None
        at = begin - datetime.timedelta(days=2)
        while True:
            wall = at.astimezone(self.zone).replace(tzinfo=None)
            if latest is None or wall > latest:
                latest, known = wall, self.open(wall)
            if at >= begin:
                yield at, known
            at += MINUTE


def judge(case):
    begin, end = (datetime.datetime.fromtimestamp(case[key], UTC) for key in ("from", "to"))
    between, left, reached = 0, case["span"] // 60, None
    for at, is_open in Wall(case["calendar"]).minutes(begin):
        if is_open:
            between += at < end
            left -= 1
            if left == 0:
                reached = at + MINUTE
        if at >= end and reached is not None:
            return between * 60, int(reached.timestamp())


def main():
    if sys.argv[1] == "cases":
        signal.signal(signal.SIGVTALRM, give_up)
        chance = random.Random(int(sys.argv[2]))
        jumps = {zone: changes(zone) for zone in ZONES}
        first, count = int(sys.argv[3]), int(sys.argv[4])
        cases = [draw(chance, jumps) for _ in range(first + count)]
        for case in cases[first:]:
            said = None if case["calendar"]["special"] else asked(case)
            print(json.dumps({**case, "said": said}))
    else:
        for line in sys.stdin:
            print(json.dumps(judge(json.loads(line))), flush=True)


main()
