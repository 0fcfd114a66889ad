// The spans of a trace as an indented timeline. Only the rows in view exist in the page, so that
// 10,000 spans scroll like ten. Rows come in the order of the tree, parents before their children:
// [depth, spans below, name, service, kind, start in %, width in %, duration, failed].
const ROW = 28;
const SPARE = 8;
const INDENT = 14;
const DEEPEST = 14;

// A bar's duration stands behind it, else before it, else within it.
function timeLabel(left, width) {
  if (left + width < 86) return { label: { left: left + width + "%" }, inside: false };
  if (left > 14) return { label: { right: 100 - left + "%" }, inside: false };
  return { label: { right: 100 - left - width + "%" }, inside: true };
}

export default {
  props: { rows: Array, services: Array, ticks: Array, marks: Array, selected: Number, tall: Boolean },
  data: () => ({ top: 0, height: 600, folded: new Set(), at: 0, chosen: null }),
  created() {
    this.point(this.selected);
  },
  watch: {
    selected(index) {
      this.point(index);
    },
  },
  mounted() {
    this.observer = new ResizeObserver(() => (this.height = this.$refs.box?.clientHeight || 600));
    this.observer.observe(this.$refs.box);
  },
  unmounted() {
    this.observer?.disconnect();
  },
  computed: {
    plain() {
      return Vue.toRaw(this.rows);
    },
    shown() {
      const shown = [];
      for (let i = 0; i < this.plain.length; i += this.folded.has(i) ? this.plain[i][1] + 1 : 1) shown.push(i);
      return shown;
    },
    marksOf() {
      const marks = new Map();
      for (const [row, left, width] of this.marks ?? []) marks.set(row, [...(marks.get(row) ?? []), { left, width }]);
      return marks;
    },
    window() {
      const first = Math.max(0, Math.floor(this.top / ROW) - SPARE);
      const last = Math.ceil((this.top + this.height) / ROW) + SPARE;
      return this.shown.slice(first, last).map((index, i) => this.row(index, first + i));
    },
  },
  methods: {
    row(index, place) {
      const [depth, below, name, service, kind, left, width, duration, failed] = this.plain[index];
      return {
        index, depth, below, name, service: this.services[service], kind, duration, failed,
        y: place * ROW, indent: Math.min(depth, DEEPEST) * INDENT, tone: failed ? "fail" : "s" + (service % 8),
        bar: { left: left + "%", width: `max(2px, ${width}%)` },
        ...timeLabel(left, width),
        marks: this.marksOf.get(index) ?? [],
      };
    },
    fold(index) {
      this.folded.has(index) ? this.folded.delete(index) : this.folded.add(index);
    },
    fold_all(yes) {
      this.folded = new Set(yes ? this.plain.flatMap((row, i) => (row[0] >= 1 && row[1] ? [i] : [])) : []);
    },
    // Fold away what has no mark anywhere below it, and show the rest.
    fold_to_marks() {
      const upTo = [0];
      for (let i = 0; i < this.plain.length; i++) upTo.push(upTo[i] + (this.marksOf.has(i) ? 1 : 0));
      const idle = (row, i) => row[1] && upTo[i + row[1] + 1] === upTo[i + 1];
      this.folded = new Set(this.plain.flatMap((row, i) => (idle(row, i) ? [i] : [])));
    },
    point(index) {
      this.chosen = index;
      this.at = index ?? 0;
    },
    choose(index) {
      this.point(index);
      this.$emit("choose", index);
    },
    key(event) {
      const place = this.shown.indexOf(this.at);
      const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
      if (move) this.go(Math.min(this.shown.length - 1, Math.max(0, place + move)));
      else if (event.key === "ArrowLeft") this.leave(place);
      else if (event.key === "ArrowRight") this.folded.delete(this.at);
      else if (event.key === "Enter" || event.key === " ") this.choose(this.at);
      else return;
      event.preventDefault();
    },
    leave(place) {
      if (this.plain[this.at][1] && !this.folded.has(this.at)) return this.folded.add(this.at);
      const depth = this.plain[this.at][0];
      const parent = this.shown.slice(0, place).findLastIndex((i) => this.plain[i][0] < depth);
      if (parent >= 0) this.go(parent);
    },
    go(place) {
      this.at = this.shown[place];
      const box = this.$refs.box;
      if (place * ROW < box.scrollTop) box.scrollTop = place * ROW;
      if ((place + 1) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (place + 1) * ROW - box.clientHeight;
    },
  },
  template: `
    <div :class="['al-spans', { tall }]">
      <div class="al-span-head" aria-hidden="true"><span>Span</span>
        <span class="al-axis"><i v-for="(tick, i) in ticks" :key="i">{{ tick }}</i></span></div>
      <div ref="box" class="al-span-box" role="tree" tabindex="0" aria-label="Spans of the trace"
           :aria-activedescendant="'span-' + at" @scroll.passive="top = $event.target.scrollTop" @keydown="key">
        <div :style="{ height: shown.length * ${ROW} + 'px' }" class="al-span-all" role="presentation">
          <div v-for="row in window" :key="row.index" :id="'span-' + row.index" role="treeitem"
               :class="['al-span', 'tone-' + row.tone, { at: row.index === at, chosen: row.index === chosen }]"
               :style="{ transform: 'translateY(' + row.y + 'px)' }" :aria-level="row.depth + 1"
               :aria-expanded="row.below ? !folded.has(row.index) : undefined"
               :aria-selected="row.index === chosen"
               :aria-label="row.name + ', ' + row.service + ', ' + row.duration + (row.failed ? ', failed' : '')"
               @click="choose(row.index)">
            <span class="al-span-name" :style="{ paddingLeft: 'min(' + row.indent + 'px, 45%)' }">
              <button type="button" tabindex="-1" aria-hidden="true" :class="{ unseen: !row.below }"
                      @click.stop="fold(row.index)">
                <q-icon :name="folded.has(row.index) ? 'chevron_right' : 'expand_more'" /></button>
              <i class="al-dot"></i><q-icon v-if="row.failed" name="error" class="al-span-failed" />
              <b :title="row.name">{{ row.name }}</b>
              <em v-if="folded.has(row.index)">+{{ row.below }}</em>
              <span class="al-quiet">{{ row.service }}</span></span>
            <span class="al-track"><i :style="row.bar"></i>
              <u v-for="(mark, m) in row.marks" :key="m"
                 :style="{ left: mark.left + '%', width: 'max(2px, ' + mark.width + '%)' }"></u>
              <span :class="['al-span-time', { inside: row.inside }]" :style="row.label">{{ row.duration }}</span></span>
          </div>
        </div>
      </div>
    </div>`,
};
