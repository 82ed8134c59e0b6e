/** Clips: the list, one, its footage, its stills, and deleting it. */
import { z } from 'zod';
import type { ApiContext, ApiServer } from './api-context.ts';
import { originOf, ownerOf } from './authentication.ts';
import { mediaTypeOf, sendVideo } from './clip-video.ts';
import { media, notFound, problemSchema, refusals } from './problems.ts';
import {
  clipParams,
  clipsQuery,
  deletionBody,
  present,
  stillParams,
  videoQuery,
} from './requests.ts';
import { clipView, signaturesView, viewClip, viewSignatures } from './views.ts';

const tags = ['clips'];

export function addClipRoutes(server: ApiServer, context: ApiContext): void {
  addRecords(server, context);
  addMedia(server, context);
}

function addRecords(server: ApiServer, { cloud }: ApiContext): void {
  server.get(
    '/v1/clips',
    {
      schema: {
        tags,
        summary: 'Your clips, newest first',
        querystring: clipsQuery,
        response: {
          200: z.strictObject({ items: z.array(clipView), next: z.string().nullable() }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const page = await cloud.footage.list(ownerOf(request).account, present(request.query));
      return { items: page.items.map(viewClip), next: page.next };
    },
  );

  server.get(
    '/v1/clips/:thing/:clip',
    {
      schema: {
        tags,
        summary: 'One clip',
        params: clipParams,
        response: { 200: clipView, ...refusals },
      },
    },
    async (request) => {
      const clip = await cloud.footage.find(ownerOf(request).account, request.params);
      if (clip === null) throw notFound('clip');
      return viewClip(clip);
    },
  );

  server.get(
    '/v1/clips/:thing/:clip/signatures',
    {
      schema: {
        tags,
        summary: 'What its doorbell signed of a stored clip, to check its footage against',
        params: clipParams,
        response: { 200: signaturesView, ...refusals },
      },
    },
    async (request) => {
      const found = await cloud.footage.signatures(ownerOf(request).account, request.params);
      if (found === null) throw notFound('clip');
      return viewSignatures(found);
    },
  );

  server.post(
    '/v1/clips/deletions',
    {
      schema: {
        tags,
        summary: 'Delete several clips, or all: they are hidden at once, for good',
        body: deletionBody,
        response: {
          200: z.strictObject({ deleted: z.int().min(0) }),
          ...refusals,
          403: problemSchema,
        },
      },
    },
    async (request) => {
      const { account } = ownerOf(request);
      const { body } = request;
      const deleted =
        'clips' in body
          ? await cloud.footage.removeMany(account, body.clips)
          : await cloud.footage.removeAll(account, present(scopeOf(body)));
      return { deleted };
    },
  );

  server.delete(
    '/v1/clips/:thing/:clip',
    {
      schema: {
        tags,
        summary: 'Delete a clip: it is hidden at once, for good',
        params: clipParams,
        response: { 204: z.null(), ...refusals, 403: problemSchema },
      },
    },
    async (request, reply) => {
      const isHidden = await cloud.footage.remove(ownerOf(request).account, request.params);
      if (!isHidden) throw notFound('clip');
      return reply.code(204).send(null);
    },
  );
}

const scopeOf = ({
  thing,
  from,
  to,
}: Exclude<z.infer<typeof deletionBody>, { clips: unknown }>) => ({
  thing,
  from,
  to,
});

function addMedia(server: ApiServer, context: ApiContext): void {
  const { cloud } = context;

  server.route({
    method: ['GET', 'HEAD'],
    url: '/v1/clips/:thing/:clip/video',
    schema: {
      tags,
      summary: "A clip's footage",
      description:
        'MP4, byte for byte as the doorbell recorded it. Once stored it has an ETag and serves ranges; while it ' +
        'is still arriving it is sent as it grows. Of a clip that is end-to-end encrypted (e2ee) these are the bytes ' +
        'that the doorbell sealed: only a key of its owner opens them.',
      params: clipParams,
      querystring: videoQuery,
      response: {
        200: media('video/mp4', 'all of it, or what there is and more as it comes'),
        206: media('video/mp4', 'the range asked for'),
        ...refusals,
        416: problemSchema,
        429: problemSchema,
      },
    },
    handler: (request, reply) => {
      const isDownload = request.query.download !== undefined;
      return sendVideo(context, request, reply, request.params, isDownload);
    },
  });

  server.route({
    method: ['GET', 'HEAD'],
    url: '/v1/clips/:thing/:clip/stills/:still',
    schema: {
      tags,
      summary: 'A still of a clip: JPEG, sealed where the clip is end-to-end encrypted',
      params: stillParams,
      response: { 200: media('image/jpeg', 'the picture'), ...refusals },
    },
    handler: async (request, reply) => {
      const { thing, clip, still } = request.params;
      const { account } = ownerOf(request);
      const found = await cloud.footage.find(account, { thing, clip });
      const origin = originOf(request);
      const bytes = await cloud.footage.still(account, { thing, clip }, still, origin);
      if (found === null || bytes === null) throw notFound('still');
      reply.type(mediaTypeOf(found, 'image/jpeg')).header('content-length', bytes.length);
      return reply.send(request.method === 'HEAD' ? null : Buffer.from(bytes));
    },
  });
}
