import type { handleBidiStreamingCall } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { RegistryContext } from '../registry/ports.js'
import { register } from '../registry/register.js'
import type { RegisterManyRequest__Output } from '../rpc/gen/ggen/marketplace/v1/RegisterManyRequest.js'
import type { RegisterManyResponse } from '../rpc/gen/ggen/marketplace/v1/RegisterManyResponse.js'
import { errorToMessage } from '../wire/error-details.js'
import { required } from '../wire/message.js'
import { type ApiContext, callOptions, failed, observe } from './call.js'
import { registeredToMessage, versionFromMessage } from './registered-version.js'
import { unexpected } from './status.js'
import { StreamSender } from './stream-sender.js'
import { readMessages } from './upload.js'

const METHOD = 'RegisterMany'
/** Requests of one stream that are under way at once; the next is read when one of them has ended. */
const UNDER_WAY_MAX = 256
/** What an answer weighs in the send window: it is small, and need not be measured. */
const ANSWER_BYTES = 512

/** Many registers over one stream; each is answered by its sequence, and one that fails does not end the others. */
export function registerMany(
  registry: RegistryContext,
  api: ApiContext,
): handleBidiStreamingCall<RegisterManyRequest__Output, RegisterManyResponse> {
  return (call) => {
    const startMs = api.clock.monotonicMs()
    const sender = new StreamSender<RegisterManyResponse>(call, api.clock, () => ANSWER_BYTES)
    const underWay = new Set<Promise<void>>()
    const answer = async (request: RegisterManyRequest__Output) => {
      await sender.send(await answerOne(registry, api, request, callOptions(call, api.clock)))
    }
    const work = async () => {
      let broken: unknown
      for await (const request of readMessages<RegisterManyRequest__Output>(call, api.clock)) {
        const one: Promise<void> = answer(request)
          .catch((error: unknown) => {
            broken ??= error
          })
          .finally(() => underWay.delete(one))
        underWay.add(one)
        if (underWay.size >= UNDER_WAY_MAX) await Promise.race(underWay)
        if (broken !== undefined) break
      }
      await Promise.all(underWay)
      if (broken !== undefined) throw broken
    }
    work().then(
      () => {
        observe(api, METHOD, startMs)
        call.end()
      },
      (error: unknown) => {
        const failure = failed(api, METHOD, startMs, error)
        if (!call.cancelled) call.emit('error', failure)
      },
    )
  }
}

async function answerOne(
  registry: RegistryContext,
  api: ApiContext,
  request: RegisterManyRequest__Output,
  options: { readonly deadlineMs?: number | undefined },
): Promise<RegisterManyResponse> {
  const { sequence } = request
  try {
    const version = versionFromMessage(required(request.register, 'register'))
    const registered = await register(registry, version, options)
    return { sequence, registered: registeredToMessage(registered, registry.state.historyId) }
  } catch (error) {
    const known = error instanceof MarketplaceError ? error : unexpected(error, METHOD, api.logger)
    return { sequence, error: errorToMessage(known) as RegisterManyResponse['error'] }
  }
}
