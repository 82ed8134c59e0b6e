# The cloud stub and the doorbell share one image; compose.yaml says which one a container is.
FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# ffmpeg-static fetches its binary from GitHub; where that is unreachable npm leaves it out and @ffmpeg-installer's
# is used. Of the AWS runtime's seven native builds only this machine's stays, and the browsers' code goes.
RUN npm ci --omit=dev --no-audit --no-fund \
  && arch=$(node -p process.arch) \
  && find node_modules/aws-crt/dist/bin -mindepth 1 -maxdepth 1 ! -name "linux-$arch*" -exec rm -rf {} + \
  && rm -rf node_modules/aws-crt/dist.browser node_modules/aws-crt/dist/bin/*musl* \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.md' \) -type f -delete \
  && rm -rf node_modules/fluent-ffmpeg/doc node_modules/fluent-ffmpeg/coverage node_modules/mediabunny/src

FROM node:24-bookworm-slim
# glibc with few arenas, which gives large blocks (pictures) back at once: a third less memory for a doorbell.
ENV NODE_ENV=production DOORBELL_DATA=/data \
    MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144 MALLOC_TRIM_THRESHOLD_=262144
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY device device
COPY cloud-stub cloud-stub
COPY tools tools
COPY fixtures fixtures
# A named volume takes over the owner of the folder it is mounted on.
RUN mkdir /data /enrolment && chown node:node /data /enrolment
USER node
VOLUME /data
EXPOSE 8080 8883
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["node", "tools/healthcheck.ts"]
ENTRYPOINT ["node", "tools/doorbell.mjs"]
CMD ["up"]
