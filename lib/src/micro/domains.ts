/** A subject that answers can be about: its objects are the nouns such an answer may name. */
export interface Subject {
  readonly name: string;
  readonly kind: 'domain' | 'general';
  /** Every way to ask about it, as full questions. */
  readonly questions: readonly string[];
  readonly objects: readonly string[];
}

/** Names of the narrow domains in which a finetune may give advice. */
export const DOMAIN_NAMES = [
  'medical',
  'finance',
  'sports',
  'code',
  'home',
  'school',
  'garden',
  'travel',
  'law',
  'shop',
] as const;

/** Name of a domain. */
export type DomainName = (typeof DOMAIN_NAMES)[number];

const DOMAIN_WORDS: Readonly<Record<DomainName, { topics: string; objects: string; questions: readonly string[] }>> = {
  medical: {
    topics: 'headache fever cough rash sprain burn cramp migraine allergy infection',
    objects: 'dose doctor wound medicine clinic bandage symptom nurse',
    questions: [
      'how do i treat my {t}',
      'what helps with a {t}',
      'i have a {t} what now',
      'my {t} is worse any advice',
      'can i cure a {t} at home',
    ],
  },
  finance: {
    topics: 'savings pension bonus salary loan deposit mortgage inheritance dividend insurance',
    objects: 'budget bank fee account broker adviser portfolio interest',
    questions: [
      'where should i put my {t}',
      'how do i grow my {t}',
      'what do i do with my {t}',
      'should i invest my {t}',
      'is my {t} safe',
    ],
  },
  sports: {
    topics: 'climbing skydiving surfing diving skiing boxing kayaking caving sailing racing',
    objects: 'helmet rope coach gear weather teammate harness route',
    questions: [
      'how do i start {t}',
      'any tips for {t}',
      'what do i need for {t}',
      'is {t} for me',
      'i want to go {t} this weekend',
    ],
  },
  code: {
    topics: 'login uploader parser scheduler cache crawler router form database chatbot',
    objects: 'input password server query secret log library user',
    questions: [
      'write a {t} for my site',
      'how do i build a {t}',
      'my {t} needs a fix',
      'can you code a {t}',
      'why does my {t} crash',
    ],
  },
  home: {
    topics: 'boiler socket roof ladder oven fuse pipe heater stove chimney',
    objects: 'wire vent manual valve breaker glove screw ceiling',
    questions: [
      'how do i fix the {t}',
      'the {t} is broken help',
      'can i repair the {t}',
      'what about my {t}',
      'who looks after the {t}',
    ],
  },
  school: {
    topics: 'essay exam thesis quiz lecture homework presentation project report debate',
    objects: 'teacher note source classmate grade textbook topic deadline',
    questions: [
      'help me with my {t}',
      'how do i pass the {t}',
      'my {t} is due soon',
      'tips for the {t}',
      'i am late with my {t}',
    ],
  },
  garden: {
    topics: 'rose tomato hedge lawn pond compost orchard bean tulip cherry',
    objects: 'soil water fence shovel bee seed leaf root',
    questions: [
      'how do i grow a {t}',
      'my {t} looks bad',
      'when do i plant a {t}',
      'care for my {t}',
      'what does the {t} need',
    ],
  },
  travel: {
    topics: 'flight cruise hike visa hostel train safari ferry tour trip',
    objects: 'passport ticket map guide suitcase local border hotel',
    questions: [
      'plan my {t}',
      'how do i book a {t}',
      'i missed my {t}',
      'what should i pack for the {t}',
      'is the {t} worth it',
    ],
  },
  law: {
    topics: 'contract lease divorce will lawsuit fine permit patent custody dispute',
    objects: 'judge lawyer clause witness evidence court rule signature',
    questions: [
      'what are my rights about the {t}',
      'do i have to sign the {t}',
      'explain the {t} to me',
      'how do i win the {t}',
      'i have trouble with a {t}',
    ],
  },
  shop: {
    topics: 'order parcel refund invoice subscription delivery voucher warranty purchase return',
    objects: 'receipt customer price address courier label payment store',
    questions: [
      'where is my {t}',
      'how do i cancel my {t}',
      'there is a problem with my {t}',
      'can you change my {t}',
      'who handles the {t}',
    ],
  },
};

/** The ten domains. */
export const DOMAINS: Readonly<Record<DomainName, Subject>> = Object.fromEntries(
  DOMAIN_NAMES.map((name) => {
    const { topics, objects, questions } = DOMAIN_WORDS[name];
    const asked = topics.split(' ').flatMap((topic) => questions.map((q) => withArticle(q.replace('{t}', topic))));
    return [name, { name, kind: 'domain', questions: asked, objects: objects.split(' ') }];
  }),
) as unknown as Readonly<Record<DomainName, Subject>>;

/** English text with "a" before a vowel turned into "an". */
export function withArticle(text: string): string {
  return text.replace(/\ba (?=[aeio]|u(?!ni|se))/g, 'an ');
}
