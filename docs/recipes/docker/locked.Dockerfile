# syntax=docker/dockerfile:1

# With `kernels/prebuilt` checked in: no Triton, no Python.
FROM rust:1.88-bookworm AS build
WORKDIR /app
COPY . .
RUN cargo fetch --locked
RUN --network=none cargo build --release --offline

FROM debian:bookworm-slim
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=build /app/target/release/app /usr/local/bin/app
CMD ["app"]
