import { expect } from 'chai'
import { classOf } from '../../../../gateway/heads/field-class.js'
import { passesOf } from '../../../../gateway/heads/via.js'

function passes(...fields: string[]): number {
  const classes = fields.filter((_, at) => at % 2 === 0).map((name) => classOf(name.toLowerCase()))
  return passesOf({ fields, classes }, 'waybill')
}

describe('gateways of one name that Via tells of', () => {
  it('are counted in all its fields and in lists, with or without protocol name and comment', () => {
    expect(passes('Via', '1.1 waybill')).to.equal(1)
    expect(passes('Via', '1.0 other, HTTP/1.1  waybill (edge),1.1\twaybill', 'X', '1', 'VIA', '1.1 waybill')).to.equal(
      3,
    )
  })

  it('are no others, and none where there is no Via', () => {
    expect(passes('Host', '1.1 waybill', 'X-Via', '1.1 waybill')).to.equal(0)
    expect(passes('Via', '1.1 waybill-2, 1.1 Waybill, 1.1 other (1.1 waybill), waybill, , 1.1')).to.equal(0)
  })
})
