import { describe, expect, it } from 'vitest'
import { InvalidInputError } from '../../diagnostics/errors.ts'
import { parseEndpoint, redactText } from './endpoint.ts'

const KEY = 'kX93jfDkq02mZpL7'
const PATH = `/v3/${KEY}?token=tok-123456#x`
const URL_WITH_SECRETS = `https://alice:s3cr%40t-pass@node.example:8443${PATH}`

describe('parseEndpoint', () => {
  it('shows the origin only', () => {
    expect(parseEndpoint(URL_WITH_SECRETS).origin).toBe('https://node.example:8443')
  })

  it('moves user info from the URL to a header', () => {
    const { url, authorization } = parseEndpoint(URL_WITH_SECRETS)
    expect(url).toBe(`https://node.example:8443${PATH}`)
    expect(authorization).toBe(`Basic ${btoa('alice:s3cr@t-pass')}`)
    expect(parseEndpoint('http://node.example').authorization).toBeUndefined()
  })

  it('does not change a URL object it was given', () => {
    const url = new URL(URL_WITH_SECRETS)
    parseEndpoint(url)
    expect(url.username).toBe('alice')
  })

  it('takes every credential out of a text, encoded or not', () => {
    const { redact } = parseEndpoint(URL_WITH_SECRETS, { authorization: 'Bearer bearer-abc' })
    const text = [
      `key ${KEY} is over its limit`,
      `GET ${URL_WITH_SECRETS} failed`,
      'pass s3cr@t-pass and s3cr%40t-pass',
      'token tok-123456',
      'header bearer-abc',
    ].join('; ')
    const clean = redact(text)
    for (const secret of [KEY, 's3cr', 'tok-123456', 'bearer-abc']) {
      expect(clean).not.toContain(secret)
    }
    expect(clean).toContain('GET https://node.example:8443 failed')
  })

  it('keeps ordinary words of the path', () => {
    expect(parseEndpoint('https://x.example/rpc/mainnet').redact('mainnet rpc')).toBe('mainnet rpc')
  })

  it.each(['node.example', '', 'http://'])('refuses %j without showing it', (text) => {
    expect(() => parseEndpoint(text)).toThrow(InvalidInputError)
  })

  it('refuses other protocols, and shows nothing of a malformed URL', () => {
    expect(() => parseEndpoint('wss://node.example')).toThrow(/http, https, .*got wss:/s)
    try {
      parseEndpoint(`//user:${KEY}@bad`)
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).not.toContain(KEY)
      expect((error as Error).cause).toBeUndefined()
    }
  })
})

describe('redactText', () => {
  it('shortens', () => {
    expect(redactText('x'.repeat(10_000)).length).toBeLessThan(600)
  })

  it('leaves the origin of URLs of any scheme, without user info', () => {
    expect(redactText('at wss://a:b@h.example/key123, and https://h.example/v2/key')).toBe(
      'at wss://h.example and https://h.example',
    )
  })
})
