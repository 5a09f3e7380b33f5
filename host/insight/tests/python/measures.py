"""The measures of a month once more, by somebody who has read the definitions and not the program.

usage: measures.py FACTS.csv UNTIL < hours.json > figures.tsv

Reads facts, writes every figure as `dimensions TAB values TAB figure TAB number`. Nothing here is shared with the crate:
zones are the standard library's, business time is counted stretch by stretch, and the curve is Kaplan and Meier's as a
textbook writes it.
"""

import csv
import itertools
import json
import math
import sys
from collections import defaultdict
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

Z = 1.959963984540054
WEEK = 7 * 86_400_000
DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Hours:
    """A brand's wall and its hours."""

    def __init__(self, told):
        self.zone = ZoneInfo(told["zone"])
        self.week = defaultdict(list)
        for days, hours in told["week"].items():
            first, _, last = days.partition("-")
            for day in range(DAYS.index(first), DAYS.index(last or first) + 1):
                self.week[day].append(hours)
        self.shut = {date.fromisoformat(day) for day in told["holidays"]}
        self.stretches = {}

    def wall(self, at):
        return datetime.fromtimestamp(at / 1000, timezone.utc).astimezone(self.zone)

    def instant(self, day, hour, minute):
        """When a time of day is reached: one that does not exist, at the jump; one that comes twice, the first time."""
        naive = datetime(day.year, day.month, day.day) + timedelta(hours=hour, minutes=minute)
        there = naive.replace(tzinfo=self.zone, fold=0).astimezone(timezone.utc)
        back = there.astimezone(self.zone).replace(tzinfo=None)
        if back != naive:  # in the gap: go back to the jump
            low = there - timedelta(hours=3)
            while (there - low) > timedelta(milliseconds=1):
                middle = low + (there - low) / 2
                if middle.astimezone(self.zone).replace(tzinfo=None) >= naive:
                    there = middle
                else:
                    low = middle
            there = there.replace(microsecond=0)
        return round(there.timestamp() * 1000)

    def open_on(self, day):
        """Stretches that lie on one date, as instants."""
        if day in self.shut:
            return []
        found = []
        for back in (1, 0):
            written = day - timedelta(days=back)
            for hours in self.week[written.weekday()]:
                (h1, m1), (h2, m2) = (map(int, part.split(":")) for part in hours.split("-"))
                begin, end = h1 * 60 + m1, h2 * 60 + m2
                over = end <= begin
                if back == 0:
                    found.append((self.instant(day, h1, m1), self.instant(day, 24, 0) if over else self.instant(day, h2, m2)))
                elif over and end > 0:
                    found.append((self.instant(day, 0, 0), self.instant(day, h2, m2)))
        return found

    def between(self, begin, end):
        total = 0
        day, last = self.wall(begin).date(), self.wall(end).date()
        while day <= last:
            if day not in self.stretches:
                self.stretches[day] = self.open_on(day)
            for opens, shuts in self.stretches[day]:
                total += max(0, min(shuts, end) - max(opens, begin))
            day += timedelta(days=1)
        return total


def kept(time):
    """Eight significant binary digits, rounded up."""
    step = 1
    while time >= 256 * step:
        step *= 2
    return -(-time // step) * step


def read(path, until):
    talks = defaultdict(list)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            row["at"] = int(row["at"])
            if row["at"] <= until:
                talks[row["conversation"]].append(row)
    return talks


def latest(rows, fact, otherwise):
    found = [row["detail"] for row in rows if row["fact"] == fact]
    return found[-1] if found else otherwise


def posts_of(rows):
    posts = {}
    for row in rows:
        if row["fact"] == "wrote":
            post = posts.setdefault(row["id"], {"at": row["at"], "need": True, "gone": None})
            post["at"] = min(post["at"], row["at"])
            post["person"] = row["detail"]
    for row in rows:
        if row["id"] in posts:
            if row["fact"] == "judged":
                posts[row["id"]]["need"] = row["detail"] == "need"
            elif row["fact"] == "withdrawn" and posts[row["id"]]["gone"] is None:
                posts[row["id"]]["gone"] = row["at"]
    return posts


def replies_of(rows):
    gone = {row["id"] for row in rows if row["fact"] == "retracted"}
    told = [row for row in rows if row["fact"].startswith("answered") and row["id"] not in gone]
    return sorted(told, key=lambda row: row["at"])


def figures_of(talks, hours, until):
    """(dimensions of the cell, name of figure, what counts), one for each item and figure."""
    told = []
    needed = defaultdict(list)
    for name, rows in talks.items():
        for post in posts_of(rows).values():
            if post["need"]:
                needed[post["person"], latest(rows, "about", name)].append(post["at"])
    for name, rows in talks.items():
        brand, channel = rows[0]["brand"], rows[0]["channel"]
        wall = hours[brand]
        posts, replies = posts_of(rows), replies_of(rows)
        human = [row for row in replies if row["fact"] == "answered"]
        heard = sorted([row["at"] for row in rows if row["fact"] == "acknowledged"] + [row["at"] for row in replies])
        held = latest(rows, "given", "")

        def cell(at, team):
            shown = wall.wall(at)
            return {"brand": brand, "channel": channel, "team": team, "date": f"{shown:%Y-%m-%d}", "hour": f"{shown:%H}"}

        for post in posts.values():
            answer = next((row for row in human if row["at"] >= post["at"]), None)
            gone = None if post["gone"] is None else max(post["gone"], post["at"])
            if gone is not None and (answer is None or gone < answer["at"]):
                answer = None
            else:
                gone = None
            place = cell(post["at"], answer["detail"] if answer else held)
            told.append((place, "needs", post["need"]))
            if not post["need"]:
                continue
            end = answer["at"] if answer else until if gone is None else gone
            first = next((at for at in heard if post["at"] <= at <= end), None)
            told.append((place, "withdrawn", gone is not None))
            if gone is None:
                told.append((place, "responses", answer is not None))
                told.append((place, "acknowledged", first is not None))
            told.append((place, "answer", (kept(end - post["at"]), answer is not None)))
            told.append((place, "answer-business", (kept(wall.between(post["at"], end)), answer is not None)))
            until_heard = (end if first is None else first) - post["at"]
            told.append((place, "acknowledgement", (kept(until_heard), first is not None)))

        marks = [row for row in rows if row["fact"] in ("resolved", "reopened")]
        first = next((row for row in marks if row["fact"] == "resolved"), None)
        if first is None:
            continue
        done = first["at"]
        before = [row for row in human if row["at"] <= done]
        place = cell(done, before[-1]["detail"] if before else held)
        if marks[-1]["fact"] == "resolved":
            sincere = [row["at"] for row in rows if row["fact"] == "thanked" and row["detail"] == "sincere"]
            told.append((place, "gratitude", bool(human) and any(at > human[0]["at"] for at in sincere)))
        if done + WEEK > until:
            continue
        wanted = [post for post in posts.values() if post["need"]] or list(posts.values())
        person = min((post["at"], post["person"]) for post in wanted)[1]
        again = list(needed[person, latest(rows, "about", name)])
        after = marks[marks.index(first) + 1 :]
        again += [row["at"] for row in after if row["fact"] == "reopened"][:1]
        turns = sorted([(p["at"], 0) for p in posts.values()] + [(r["at"], 1) for r in human])
        turns = [ours for at, ours in turns if at <= done]
        episodes = sum(1 for ours, _ in itertools.groupby(turns) if ours)
        once = episodes <= 1 and not any(done < at <= done + WEEK for at in again)
        told.append((place, "first-contact", once))
        told.append((place, "first-contact-flagged", first["detail"] == "first-contact"))
        told.append((place, "first-contact-confirmed", any(row["fact"] == "confirmed" for row in rows)))
    return told


def share(name, values):
    of, n = sum(values), len(values)
    p = of / n
    middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    wide = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    yield f"{name}.of", of
    yield f"{name}.all", n
    yield f"{name}.low", max(0.0, middle - wide)
    yield f"{name}.high", min(1.0, middle + wide)


def waits(name, values):
    yield f"{name}.ended", sum(over for _, over in values)
    yield f"{name}.open", sum(not over for _, over in values)
    s, v, curve = 1.0, 0.0, []
    for t in sorted({time for time, over in values if over}):
        n = sum(time >= t for time, _ in values)
        d = sum(time == t and over for time, over in values)
        s *= 1 - d / n
        v += d / (n * (n - d)) if d < n else 0.0
        s = 0.0 if d == n else s
        wide = Z * math.sqrt(v) / abs(math.log(s)) if 0 < s < 1 else None
        low, high = (s, s) if wide is None else (s ** math.exp(wide), s ** math.exp(-wide))
        curve.append((t, s, low, high))
    for percent in (50, 90, 99):
        found = next((t for t, s, _, _ in curve if s <= 1 - percent / 100 + 1e-12), "unknown")
        yield f"{name}.p{percent}", found
    if curve:
        for at, column in (("last", curve[-1]), ("middle", curve[len(curve) // 2])):
            yield f"{name}.{at}.share", column[1]
            yield f"{name}.{at}.low", column[2]
            yield f"{name}.{at}.high", column[3]


def main():
    path, until = sys.argv[1], int(sys.argv[2])
    hours = {brand: Hours(told) for brand, told in json.load(sys.stdin).items()}
    told = figures_of(read(path, until), hours, until)
    for dims in [(), ("brand",), ("channel",), ("team",), ("date",), ("hour",), ("brand", "hour"), ("channel", "team")]:
        groups = defaultdict(lambda: defaultdict(list))
        for place, name, value in told:
            groups[tuple(place[dim] for dim in dims)][name].append(value)
        for key, names in groups.items():
            for name, values in names.items():
                of = waits if isinstance(values[0], tuple) else share
                for figure, number in of(name, values):
                    print("/".join(dims), "/".join(key), figure, number, sep="\t")


main()
