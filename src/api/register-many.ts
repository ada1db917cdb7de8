import type { handleBidiStreamingCall } from '@grpc/grpc-js'
import { MarketplaceError } from '../model/error.js'
import type { RegistryContext } from '../registry/ports.js'
import { RegisterLine, Turnstile, UNDER_WAY_MAX } from '../registry/register-many.js'
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
    const line = new RegisterLine(registry)
    const ended = new Turnstile()
    let underWay = 0
    const answer = async (request: RegisterManyRequest__Output) => {
      await sender.send(await answerOne(line, registry, api, request, callOptions(call, api.clock)))
    }
    const work = async () => {
      let broken: unknown
      for await (const request of readMessages<RegisterManyRequest__Output>(call, api.clock)) {
        underWay++
        answer(request)
          .catch((error: unknown) => {
            broken ??= error
          })
          .finally(() => {
            underWay--
            ended.open()
          })
        while (underWay >= UNDER_WAY_MAX && broken === undefined) await ended.passed()
        if (broken !== undefined) break
      }
      while (underWay > 0) await ended.passed()
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
  line: RegisterLine,
  registry: RegistryContext,
  api: ApiContext,
  request: RegisterManyRequest__Output,
  options: { readonly deadlineMs?: number | undefined },
): Promise<RegisterManyResponse> {
  const { sequence } = request
  try {
    const version = versionFromMessage(required(request.register, 'register'))
    const registered = await line.register(version, options)
    return { sequence, registered: registeredToMessage(registered, registry.state.historyId) }
  } catch (error) {
    const known = error instanceof MarketplaceError ? error : unexpected(error, METHOD, api.logger)
    return { sequence, error: errorToMessage(known) as RegisterManyResponse['error'] }
  }
}
