import { createHash } from 'node:crypto'
import { bytesEqual, bytesToHex, DecodeError, Decoder, Encoder } from '../model/codec.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { HistoryId } from '../model/node-id.js'
import { checkHistory } from './read-view.js'

/** First byte of every token. */
const TOKEN_VERSION = 1
const CHECKSUM_BYTES = 4
const BINDING_BYTES = 8

/** What a listing is of: its method and everything that decides what is in it. Page size is no part of it. */
export interface ListingQuery {
  readonly method: string
  readonly arguments: readonly string[]
}

/** Which page of a listing is wanted. */
export interface PageDemand {
  /** 0: the default. */
  readonly size: number
  /** Empty: the first page. */
  readonly token: string
}

/** Texts on one page, about: an answer keeps within one message, however long its summaries are. */
const PAGE_BYTES_MAX = 2 * 1024 * 1024

/** Says when a page has enough text on it; it always takes one entry. */
export class PageBudget {
  #bytes = 0

  /** Whether an entry of so much text still fits; it is counted if so. */
  takes(texts: readonly (string | undefined)[]): boolean {
    let bytes = 0
    for (const text of texts) if (text !== undefined) bytes += Buffer.byteLength(text)
    if (this.#bytes > 0 && this.#bytes + bytes > PAGE_BYTES_MAX) return false
    this.#bytes += bytes + ENTRY_BYTES
    return true
  }
}

/** What an entry weighs besides its texts. */
const ENTRY_BYTES = 256

/**
 * Entries on the page.
 * @throws LIMIT_EXCEEDED
 */
export function pageSize(demand: PageDemand): number {
  if (demand.size === 0) return LIMITS.pageEntriesDefault
  if (Number.isInteger(demand.size) && demand.size > 0 && demand.size <= LIMITS.pageEntriesMax)
    return demand.size
  throw new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: 'page_size',
    message: `page_size ${demand.size} is not from 1 to ${LIMITS.pageEntriesMax}`,
    help: `ask for up to ${LIMITS.pageEntriesMax} entries and follow next_page_token`,
  })
}

/**
 * A place in a listing, for any node of this history to go on from: version, history, hash of the query, place, checksum.
 * It is opaque, not secret.
 */
export function encodePageToken(
  query: ListingQuery,
  historyId: HistoryId,
  writePlace: (out: Encoder) => void,
): string {
  const out = new Encoder(96).byte(TOKEN_VERSION).hex(historyId, 16).raw(binding(query))
  writePlace(out)
  const body = out.finish()
  const token = new Encoder(body.length + CHECKSUM_BYTES).raw(body).raw(checksum(body)).finish()
  return Buffer.from(token).toString('base64url')
}

/**
 * The place that a token names; undefined for an empty one.
 * @throws PAGE_TOKEN_INVALID where it is damaged or of another query; HISTORY_MISMATCH
 */
export function decodePageToken<T>(
  token: string,
  query: ListingQuery,
  historyId: HistoryId,
  readPlace: (input: Decoder) => T,
): T | undefined {
  if (token === '') return undefined
  const bytes = new Uint8Array(Buffer.from(token, 'base64url'))
  const body = bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM_BYTES))
  if (token.length > TOKEN_LENGTH_MAX || !bytesEqual(checksum(body), bytes.subarray(body.length)))
    throw invalid('it was not made by this registry, or was damaged on the way')
  try {
    const input = new Decoder(body)
    const version = input.byte()
    if (version !== TOKEN_VERSION) throw invalid(`its version ${version} is unknown to this node`)
    checkHistory(bytesToHex(input.raw(16)), historyId, 'page_token')
    if (!bytesEqual(input.raw(BINDING_BYTES), binding(query))) throw invalid('it belongs to another query')
    const place = readPlace(input)
    input.end()
    return place
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw invalid('its place does not decode', cause)
  }
}

const TOKEN_LENGTH_MAX = 1_024

function binding(query: ListingQuery): Uint8Array {
  const out = new Encoder(128).text(query.method)
  out.list(query.arguments, (argument) => out.text(argument))
  return sha256(out.finish()).subarray(0, BINDING_BYTES)
}

function checksum(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECKSUM_BYTES)
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

function invalid(why: string, cause?: unknown): MarketplaceError {
  return new MarketplaceError({
    reason: 'PAGE_TOKEN_INVALID',
    field: 'page_token',
    message: `the page token cannot be used: ${why}`,
    help: 'send next_page_token of the page before, unchanged and with the same query; or leave it out to start again',
    cause,
  })
}
