#!/usr/bin/env python3
"""How long a decision of people takes to hold: benches/delays.py [--gardefou BINARY] [--trials N]

    cargo build --release && benches/delays.py

A gateway serves from a folder of its own. Measured are the time from the end of a save of the policy to the first answer
under the new one (in place, and by a file that takes its place), from a save and SIGHUP together, from a signature to the
policy that waited for it, and from the revocation of a key, the command's own end, to its first refusal. A caller asks all
the time, so each figure includes one request. Minimum, median and maximum of the trials, in milliseconds.
"""
import argparse
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BODY = json.dumps({"model": "simulateur", "messages": [{"role": "user", "content": "Bonjour"}]})
PATIENCE = 30


class Gateway:
    """The real program with the policy that the repository shows."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(os.path.join(HERE, "../config/policy.toml")) as policy:
            # A caller that asks all the time would meet its rate.
            self.source = re.sub(r"(?m)^limits = .*$", "", policy.read())
        self.policy = os.path.join(folder, "policy.toml")
        self.write(self.policy, self.source)
        self.write(os.path.join(folder, "gardefou.toml"), f"""
listen = "127.0.0.1:{self.port}"
policy = "policy.toml"
public_url = "http://127.0.0.1:{self.port}"
[database]
url = "sqlite://data/gardefou.db"
outbox = "data/outbox.db"
[identity]
local = "poste-local"
pseudonym_key = {{ file = "data/pseudonym.key" }}
""")
        self.child = subprocess.Popen(self.command("serve"), cwd=folder, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True)
        while "Accueil" not in (line := self.child.stdout.readline()):
            if not line:
                raise SystemExit("the gateway did not start")

    def command(self, *words):
        return [self.binary, *words, "--config", "gardefou.toml"]

    def run(self, *words):
        done = subprocess.run(self.command(*words), cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        return done.stdout

    @staticmethod
    def write(path, text):
        with open(path, "w") as file:
            file.write(text)

    def ask(self, key=None):
        """Status and policy of an answer."""
        headers = {"content-type": "application/json"}
        if key:
            headers["authorization"] = f"Bearer {key}"
        line = http.client.HTTPConnection("127.0.0.1", self.port)
        line.request("POST", "/v1/chat/completions", BODY, headers)
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer.status, answer.getheader("x-gardefou-policy")

    def until(self, fits, key=None):
        """Asks until an answer fits; the instant at which it did."""
        end = time.perf_counter() + PATIENCE
        while time.perf_counter() < end:
            if fits(*self.ask(key)):
                return time.perf_counter()
            time.sleep(0.001)
        raise SystemExit("it does not hold yet")

    def close(self):
        self.child.terminate()
        self.child.wait()


def saves(gateway, trials, by_rename, hang_up):
    for trial in range(trials):
        _, before = gateway.ask()
        text = f"{gateway.source}# {by_rename} {hang_up} {trial}\n"
        if by_rename:
            gateway.write(gateway.policy + ".new", text)
            os.rename(gateway.policy + ".new", gateway.policy)
        else:
            gateway.write(gateway.policy, text)
        since = time.perf_counter()
        if hang_up:
            gateway.child.send_signal(signal.SIGHUP)
        yield gateway.until(lambda _, policy: policy != before) - since


def revocations(gateway, trials):
    for _ in range(trials):
        made = json.loads(gateway.run("keys", "create", "--owner", "essai@departement04.example", "--format", "json"))
        gateway.until(lambda status, _: status != 401, made["key"])
        gateway.run("keys", "revoke", made["id"])
        since = time.perf_counter()
        yield gateway.until(lambda status, _: status == 401, made["key"]) - since


def signatures(gateway, trials):
    made = json.loads(gateway.run("policy", "key", "dgs.key", "--format", "json"))
    signer = f'\n[[charter.signers]]\nname = "DGS"\nkey = "{made["public_key"]}"\n\n# Chaque refus'
    source, count = re.subn(r"\n# Chaque refus", lambda _: signer, gateway.source, count=1)
    assert count == 1
    for trial in range(trials):
        _, before = gateway.ask()
        gateway.write(gateway.policy, f"{source}# {trial}\n")
        gateway.run("policy", "sign", "--key", "dgs.key")
        since = time.perf_counter()
        yield gateway.until(lambda _, policy: policy != before) - since


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gardefou", default=os.path.join(HERE, "../target/release/gardefou"))
    parser.add_argument("--trials", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(os.path.abspath(options.gardefou), folder)
        try:
            for what, times in [
                ("save in place → in force", saves(gateway, options.trials, False, False)),
                ("save by rename → in force", saves(gateway, options.trials, True, False)),
                ("save and SIGHUP → in force", saves(gateway, options.trials, True, True)),
                ("revoked → refused", revocations(gateway, options.trials)),
                ("signed → in force", signatures(gateway, options.trials)),
            ]:
                times = [1000 * taken for taken in times]
                print(f"{what:<28} min {min(times):6.0f}  median {statistics.median(times):6.0f}  max {max(times):6.0f} ms",
                      flush=True)
        finally:
            gateway.close()


if __name__ == "__main__":
    main()
