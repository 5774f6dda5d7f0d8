#!/usr/bin/env python3
"""The AWS emulator of the tests: moto's server with `patches` applied, in one process.

It prints `READY <port>` when it answers, ends on SIGTERM, and never outlives who started it: it ends when the parent process
ends, when stdin, being a pipe, is closed, or when nobody has asked it anything for a long time.
"""

import argparse
import json
import os
import re
import signal
import stat
import sys
import threading
import time

sys.dont_write_bytecode = True  # no __pycache__ between the sources

# read by moto when it is imported
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")  # AmazonECSTaskExecutionRolePolicy and its like exist
os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")  # seconds until a certificate is issued; 60 otherwise
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")

from patches import PATCHES  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default: a free one")
    parser.add_argument("--port-file", help="where to write the port, for those who cannot read stdout")
    parser.add_argument("--calls", help="append one JSON line for every API call: who, service, action, resource, parameters")
    parser.add_argument("--idle-minutes", type=float, default=30, help="end after so long without a request")
    parser.add_argument("--without", default="", help="names of patches to leave out, separated by commas, or `all`")
    parser.add_argument("--patches", action="store_true", help="print the names of the patches and end")
    parser.add_argument("--verbose", action="store_true", help="log every request on stderr")
    return parser.parse_args()


def end_with_parent():
    def watch_parent(parent):
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(0)

    def watch_stdin():
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    try:
        mode = os.fstat(0).st_mode
    except OSError:
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=watch_stdin, daemon=True).start()


def end_when_idle(application, minutes):
    last = time.monotonic()

    def watch():
        while time.monotonic() - last < minutes * 60:
            time.sleep(min(minutes * 60, 5))
        os._exit(0)

    def counted(environ, start_response):
        nonlocal last
        last = time.monotonic()
        return application(environ, start_response)

    threading.Thread(target=watch, daemon=True).start()
    return counted


def record_calls(path):
    """Every call passes through moto's authorization, whether it is switched on or not."""
    from moto.core.authorization import ActionAuthenticatorMixin as Calls

    original = Calls._authenticate_and_authorize_action
    lock = threading.Lock()

    def describe(self, resource):
        credential = re.search(r"Credential=([^/]+)/[^/]+/([^/]*)/([^/]+)/", self.headers.get("Authorization", ""))
        action = self._get_action()
        try:
            parameters = self._get_params()
        except Exception:  # S3 and other REST services have none
            parameters = dict(self.querystring or {})
        return {
            "key": credential and credential[1],
            "region": credential and credential[2],
            "service": credential and credential[3],
            "action": action[0] if isinstance(action, list) else action,
            "resource": resource,
            "parameters": parameters,
        }

    def recorded(self, iam_request, resource="*"):
        try:
            line = json.dumps(describe(self, resource), default=str)
        except Exception as error:
            line = json.dumps({"error": repr(error)})
        with lock, open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        return original(self, iam_request, resource)

    Calls._authenticate_and_authorize_action = recorded


def serve(options):
    from moto.core import config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    # no containers here: Invoke answers with its own payload
    config.default_user_config["lambda"]["use_docker"] = False
    config.default_user_config["batch"]["use_docker"] = False
    if not options.verbose:
        WSGIRequestHandler.log_request = lambda *args, **kwargs: None

    application = end_when_idle(DomainDispatcherApplication(create_backend_app), options.idle_minutes)
    server = make_server(options.host, options.port, application, threaded=True)
    port = str(server.server_port)
    os.environ["MOTO_PORT"] = port
    if options.port_file:
        with open(options.port_file + ".tmp", "w", encoding="utf-8") as file:
            file.write(port)
        os.replace(options.port_file + ".tmp", options.port_file)
    print(f"READY {port}", flush=True)
    server.serve_forever()


def main():
    options = arguments()
    if options.patches:
        print("\n".join(PATCHES))
        return
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    end_with_parent()
    without = set(options.without.split(","))
    for name, patch in PATCHES.items():
        if name not in without and "all" not in without:
            patch()
    if options.calls:
        record_calls(options.calls)
    serve(options)


if __name__ == "__main__":
    main()
