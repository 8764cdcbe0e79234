// Undoes `Content-Encoding: aws-chunked` piece by piece: `<hex size>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n<trailer fields>\r\n`.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html. Keeps no data, checks no signatures, and
// never throws: what is not so framed is told by `whole`.

export interface AwsChunkedDecoder {
  /** Pieces of the body, in order. */
  push(bytes: Uint8Array): void
  /** Whether what was pushed is one whole body. */
  whole(): boolean
}

/** Longer than any size with its signature. */
const lineLimit = 256

/** `content` gets the data, as views into what is pushed. */
export function createAwsChunkedDecoder(content: (bytes: Uint8Array) => void): AwsChunkedDecoder {
  let state: 'size' | 'data' | 'data-end' | 'trailers' | 'broken' = 'size'
  let line = ''
  let left = 0

  /** Takes what belongs to a line; gives where the next thing starts. */
  const takeLine = (bytes: Uint8Array, from: number): number => {
    const end = bytes.indexOf(0x0a, from)
    const until = end < 0 ? bytes.length : end + 1
    if (line.length + until - from > lineLimit) state = 'broken'
    else line += Buffer.from(bytes.buffer, bytes.byteOffset + from, until - from).toString('latin1')
    if (state !== 'broken' && end >= 0) endLine()
    return until
  }

  const endLine = (): void => {
    const ended = line
    line = ''
    if (state === 'data-end') {
      state = ended === '\r\n' ? 'size' : 'broken'
      return
    }
    const size = /^([0-9a-fA-F]{1,8})(?:;[^\r\n]*)?\r\n$/.exec(ended)?.[1]
    left = size === undefined ? 0 : Number.parseInt(size, 16)
    state = size === undefined ? 'broken' : left === 0 ? 'trailers' : 'data'
  }

  return {
    push: (bytes) => {
      for (let at = 0; at < bytes.length && state !== 'broken' && state !== 'trailers';) {
        if (state !== 'data') {
          at = takeLine(bytes, at)
          continue
        }
        const piece = bytes.subarray(at, at + left)
        content(piece)
        left -= piece.length
        at += piece.length
        if (left === 0) state = 'data-end'
      }
    },
    whole: () => state === 'trailers',
  }
}
