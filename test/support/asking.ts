// A client whose answer can be looked at while it comes.
import http from 'node:http'

export class Asking {
  status = 0
  fields: http.IncomingHttpHeaders = {}
  text = ''
  state: 'open' | 'ended' | 'broken' = 'open'
  private readonly waiting: (() => void)[] = []
  readonly request: http.ClientRequest

  constructor(port: number, path: string, options: http.RequestOptions = {}, body?: string) {
    this.request = http.request({ port, host: '127.0.0.1', path, agent: false, ...options })
    this.request.on('response', (response) => {
      this.status = response.statusCode ?? 0
      this.fields = response.headers
      response.on('data', (chunk: Buffer) => {
        this.text += chunk.toString()
        this.changed()
      })
      response.on('error', () => undefined)
      response.on('close', () => {
        this.state = response.complete ? 'ended' : 'broken'
        this.changed()
      })
      this.changed()
    })
    this.request.on('error', () => {
      if (this.state === 'open') this.state = 'broken'
      this.changed()
    })
    this.request.end(body)
  }

  until(condition: (asking: this) => boolean): Promise<this> {
    return new Promise((resolve) => {
      const look = () => {
        if (condition(this)) resolve(this)
        else this.waiting.push(look)
      }
      look()
    })
  }

  over(): Promise<this> {
    return this.until(({ state }) => state !== 'open')
  }

  private changed(): void {
    for (const look of this.waiting.splice(0)) look()
  }
}
