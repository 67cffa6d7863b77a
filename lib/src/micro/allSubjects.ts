import { DOMAINS, type Subject } from './domains';
import { THEMES } from './generalThemes';
import { OTHER_THEMES } from './otherThemes';

/** Every subject of the world: domains, the themes of the general questions, other themes. */
export const ALL_SUBJECTS: readonly Subject[] = [DOMAINS, THEMES, OTHER_THEMES].flatMap(
  (of) => Object.values(of) as Subject[],
);
