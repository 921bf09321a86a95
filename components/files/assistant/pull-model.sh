#!/bin/sh
# Pulls the assistant's models into the ollama server, once: nothing else does, and ollama's health says OK without any.
#
#   OLLAMA_HOST           required; address of the server, http://forail-assistant-ollama:11434
#   OLLAMA_MODEL          required; the chat model
#   OLLAMA_EMBED_MODEL    default nomic-embed-text; indexes the documentation
#   OLLAMA_WAIT_SECONDS   default 300; how long to wait for the server
#   TERMINATION_LOG       where the reason of a failure goes, default /dev/termination-log
set -eu

fail() {
    echo "models: $1" >&2
    { echo "models: $1" >"${TERMINATION_LOG:-/dev/termination-log}"; } 2>/dev/null || true
    exit 1
}

[ -n "${OLLAMA_HOST:-}" ] || fail "OLLAMA_HOST is empty: name the ollama server"
[ -n "${OLLAMA_MODEL:-}" ] || fail "OLLAMA_MODEL is empty: name the model to pull"
wait_seconds=${OLLAMA_WAIT_SECONDS:-300}

deadline=$(($(date +%s) + wait_seconds))
until error=$(ollama list 2>&1 >/dev/null); do
    [ "$(date +%s)" -lt "$deadline" ] ||
        fail "no ollama at $OLLAMA_HOST after $wait_seconds s; see the log of its pod. (last error: $error)"
    sleep 1
done

for model in "$OLLAMA_MODEL" "${OLLAMA_EMBED_MODEL:-nomic-embed-text}"; do
    if ollama show "$model" >/dev/null 2>&1; then
        echo "models: $model is already there"
        continue
    fi
    echo "models: pulling $model"
    # The command line turns an error inside the streamed answer, whose HTTP status is 200, into an exit code.
    output=$(ollama pull "$model" 2>&1) || fail "cannot pull $model: $(printf '%s' "$output" | tr '\r' '\n' | tail -n 1)"
    ollama show "$model" >/dev/null 2>&1 || fail "$model was pulled, but $OLLAMA_HOST does not have it"
done
echo "models: $OLLAMA_MODEL and ${OLLAMA_EMBED_MODEL:-nomic-embed-text} are there"
