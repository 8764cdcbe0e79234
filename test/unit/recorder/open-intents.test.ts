import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { newExchangeId, type ExchangeId } from '../../../core/ids.js'
import { openIntentLog, readIntents } from '../../../recorder/intents.js'
import { OpenIntents, type OpenIntent } from '../../../recorder/open-intents.js'
import { folderWith } from '../../support/folder.js'

describe('intents of exchanges under way', () => {
  const folder = folderWith({})

  it('are those added and not removed, whatever the order', () => {
    const step = fc.record({ which: fc.nat(40), adds: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const ids = Array.from({ length: 41 }, () => newExchangeId())
        const open = new OpenIntents()
        const model = new Set<ExchangeId>()
        for (const { which, adds } of steps) {
          const id = ids[which] ?? newExchangeId()
          if (!adds) {
            open.remove(id)
            model.delete(id)
          } else if (!model.has(id)) {
            open.add({ id, line: `line of ${id}`, synced: false })
            model.add(id)
          }
        }
        expect(open.all().map(({ line }) => line)).to.have.members([...model].map((id) => `line of ${id}`))
      }),
    )
  })

  it('of one second are spread: one is found without a look at all others', () => {
    let looks = 0
    const counted = (id: ExchangeId): OpenIntent => ({
      get id() {
        looks += 1
        return id
      },
      line: id,
      synced: false,
    })
    const ids = Array.from({ length: 2_000 }, () => newExchangeId())
    const open = new OpenIntents()
    for (const id of ids) open.add(counted(id))
    looks = 0
    for (const id of ids.reverse()) open.remove(id)
    expect(open.all()).to.deep.equal([])
    expect(looks / ids.length).to.be.below(40)
  })

  it('are read from a file that was damaged without what is none, and what is left is kept', () => {
    const dir = folder()
    const id = newExchangeId()
    const line = `["${id}","durable",1764430000000000.5,"GET","r"]`
    const none = [
      `[["${id}"],"durable",1,"GET","r"]`,
      `[["${id}"]]`,
      `["${id.toUpperCase()}","durable",1,"GET","r"]`,
      '[1',
      'null',
    ]
    writeFileSync(join(dir, 'intents.log'), [...none, line, ''].join('\n'))
    const carried = readIntents(dir)
    expect(carried.map((one) => one.id)).to.deep.equal([id])
    openIntentLog({ dir, limit: 1, carried, onTurn: () => undefined }).close()
    expect(readIntents(dir)).to.deep.equal(carried)
  })
})
