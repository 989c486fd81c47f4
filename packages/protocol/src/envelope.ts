import { z } from 'zod';
import { errorBodySchema } from './error-body.js';

/** Chosen by the caller; the reply carries it back. */
export const envelopeIdSchema = z.union([z.string().min(1).max(255), z.int()]);

/** A request of the agent protocol. Keys beyond these are left out. */
export const requestEnvelopeSchema = z.object({
  id: envelopeIdSchema.optional(),
  action: z.string().min(1).max(128),
  params: z.record(z.string(), z.unknown()).optional(),
});
export type RequestEnvelope = z.infer<typeof requestEnvelopeSchema>;

/** The reply: a result, or an error. `id` as in the request, absent when that had none. */
export const replyEnvelopeSchema = z.union([
  z.object({ id: envelopeIdSchema.optional(), error: errorBodySchema }),
  z.object({ id: envelopeIdSchema.optional(), result: z.unknown() }),
]);
export type ReplyEnvelope = z.infer<typeof replyEnvelopeSchema>;

/** The body of every REST answer. */
export const answerSchema = z.discriminatedUnion('success', [
  z.object({ success: z.literal(true), data: z.unknown() }),
  z.object({ success: z.literal(false), error: errorBodySchema }),
]);
export type Answer = z.infer<typeof answerSchema>;
