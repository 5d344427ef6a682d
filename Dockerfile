# Gardefou as an image: built with the official Rust image, run by a user without rights on a small Debian.
#
# The image brings no settings: mount a folder with gardefou.toml and policy.toml on /etc/gardefou, and keep
# /var/lib/gardefou, where the outbox and, with SQLite, the ledger live. In gardefou.toml:
#
#   listen = "0.0.0.0:8080"
#   [database]
#   url = "sqlite:///var/lib/gardefou/gardefou.db"      # or DATABASE_URL=postgres://… in the environment
#   outbox = "/var/lib/gardefou/outbox.db"
#   [identity]
#   pseudonym_key = { file = "/var/lib/gardefou/pseudonym.key" }
#
# `identity.local` is refused on such a listener: every caller brings a key. Make the first one, shown once, with
#
#   docker run --rm -v ./config:/etc/gardefou:ro -v gardefou-data:/var/lib/gardefou gardefou \
#     keys create --config /etc/gardefou/gardefou.toml --owner prenom.nom@departement04.example --group solidarites
#
# Keys of backends come by the environment that policy.toml names, such as `--env GEMINI_API_KEY`.

FROM rust:1.95-slim-bookworm AS build
# The C compiler builds SQLite and the cryptography of rustls.
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc g++ libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin gardefou

FROM debian:bookworm-slim
# Authorities of the backends' certificates.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin gardefou \
 && install -d -o gardefou -g gardefou -m 0750 /var/lib/gardefou \
 && install -d -o root -g gardefou -m 0750 /etc/gardefou
COPY --from=build /src/target/release/gardefou /usr/local/bin/gardefou
USER 10001:10001
WORKDIR /var/lib/gardefou
VOLUME ["/etc/gardefou", "/var/lib/gardefou"]
EXPOSE 8080
# SIGTERM lets the answers under way come to their end.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/gardefou"]
CMD ["serve", "--config", "/etc/gardefou/gardefou.toml"]
