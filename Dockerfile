# The engine as one container. Build context: this folder; no build argument is needed, and no secret.
# NODE_IMAGE: any image with Node 22.22 or newer, npm, apt and a user "node"; give a digest here to pin it.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional dependencies are a second Node, for machines whose own is too old.
RUN npm ci --omit=dev --omit=optional --ignore-scripts

FROM ${NODE_IMAGE}
# curl: the health check below, and Coolify's own.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
ENV NODE_ENV=production
WORKDIR /app
# All of it belongs to root, so that the engine cannot change its own program. It writes no file at all.
COPY --from=dependencies /app/node_modules ./node_modules
COPY . .
RUN node cli/node-version.cjs
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# curl costs a twelfth of the CPU of a whole Node. Coolify waits for the start period and then looks once per interval, so both
# are short; the retries leave a first start two minutes for its tables. What the engine answers is kept by docker inspect.
HEALTHCHECK --interval=5s --timeout=10s --start-period=15s --retries=24 \
  CMD set -- $PORT; exec curl -sS --fail-with-body -m 8 --noproxy '*' "http://localhost:${1:-3000}/health"
CMD ["node", "main.ts"]
