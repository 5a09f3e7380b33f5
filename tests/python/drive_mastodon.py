"""Does what it is told on a Mastodon server, through Mastodon.py: one JSON action per line in, one answer out."""

import json
import sys

from mastodon import Mastodon

SHOWN = ("id", "content", "visibility", "in_reply_to_id", "created_at", "edited_at", "url")


def shown(status):
    """The fields that tests look at, as JSON has them."""
    found = {field: status.get(field) for field in SHOWN}
    found["account"] = status["account"]["acct"]
    for field in ("id", "in_reply_to_id"):
        found[field] = None if found[field] is None else str(found[field])
    for field in ("created_at", "edited_at"):
        found[field] = None if found[field] is None else found[field].isoformat()
    return found


def act(client, action):
    """One action; what the server made of it."""
    todo = action["do"]
    if todo == "post":
        return shown(
            client.status_post(action["text"], visibility=action["visibility"], in_reply_to_id=action.get("answers"))
        )
    if todo == "edit":
        return shown(client.status_update(action["id"], status=action["text"]))
    if todo == "delete":
        return shown(client.status_delete(action["id"]))
    if todo == "context":
        context = client.status_context(action["id"])
        return {side: [shown(status) for status in context[side]] for side in ("ancestors", "descendants")}
    if todo == "statuses":
        page = client.account_statuses(client.me()["id"], limit=40)
        return [shown(status) for status in client.fetch_remaining(page)]
    raise ValueError(f"no such action: {todo}")


def main():
    """Reads until its input ends."""
    server = sys.argv[1]
    clients = {}
    for line in sys.stdin:
        action = json.loads(line)
        try:
            token = action["token"]
            if token not in clients:
                # The mock states its own version; what it cannot do it refuses by itself.
                clients[token] = Mastodon(access_token=token, api_base_url=server, version_check_mode="none")
            answer = {"ok": act(clients[token], action)}
        except Exception as problem:  # pylint: disable=broad-except  # the test shall see every one
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
