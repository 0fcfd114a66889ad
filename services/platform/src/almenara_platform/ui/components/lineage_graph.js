// Datasets as boxes with their columns, arrows between them. Names are only ever put in as text, and links only
// lead into this console. Tab enters the picture at one box; the arrow keys go on from box to box.
const HEAD = 46;
const LINE = 22;
// Characters that fit beside the icons of a box, and pixels that a column's letters and its label's take.
const LONGEST = { name: 26, namespace: 32, hand_over: 22 };
const COLUMN = { room: 192, letter: 7.3, label: 6.7 };
const SMALLEST = 0.75;
// What the buttons in the corner take of the height.
const TOOLS = 40;
// Smaller than this a box is only a name, in letters of its own size: how large on the screen and at most in the
// picture, how wide a letter is beside its size, and the room there is.
const FAR = { zoom: 0.6, letter: 11, largest: 30, wide: 0.56, room: 190 };
const ZOOMS = [0.25, 0.4, 0.55, 0.7, 0.85, 1, 1.25, 1.5];

// From the right side of one place to the left side of another, also where that one stands further left. On the
// way there may be level stretches, along which it runs to the right or to the left.
function curve(x1, y1, way, x2, y2) {
  let [path, x, y, going] = [`M${x1},${y1}`, x1, y1, 1];
  for (const [start, end, level] of [...way, [x2 - 1, x2 - 1, y2]]) {
    const next = end < start ? -1 : 1;
    const back = way.length ? 36 : 90;
    const bend = going === next && (start - x) * going > 0 ? Math.max(36, Math.abs(start - x) / 2) : back;
    path += `C${x + going * bend},${y} ${start - next * bend},${level} ${start},${level}H${end}`;
    [x, y, going] = [end, level, next];
  }
  return path;
}

const pair = (a, b) => a.key + " " + b.key;

export default {
  props: { boxes: Array, edges: Array, flows: Array, size: Array, title: String, opens: Boolean },
  data: () => ({ zoom: 1, at: null, over: null, beside: null, drag: null, dragged: false }),
  created() {
    this.at = (this.boxes.find((box) => box.center) ?? this.boxes[0])?.key ?? null;
  },
  mounted() {
    // A picture that is a little too large is made smaller; a much larger one stays readable and is scrolled.
    const fitting = this.fitting();
    this.set_zoom(fitting >= SMALLEST ? fitting : 0.85);
    this.drawn = this.byKey;
  },
  beforeUpdate() {
    const box = this.byKey.get(this.at);
    const pane = this.$refs.pane;
    this.stood = this.drawn?.get(this.at);
    if (!box) this.at = (this.boxes.find((one) => one.center) ?? this.boxes[0])?.key ?? null;
    this.from = pane && this.stood && [pane.scrollLeft, pane.scrollTop];
  },
  updated() {
    // What was opened stays where the reader sees it, though the picture around it grew.
    const box = this.byKey.get(this.at);
    const [pane, was] = [this.$refs.pane, this.stood];
    if (box && was && this.from && (box.x !== was.x || box.y !== was.y)) {
      pane.scrollLeft = this.from[0] + (box.x - was.x) * this.zoom;
      pane.scrollTop = this.from[1] + (box.y - was.y) * this.zoom;
    }
    this.drawn = this.byKey;
  },
  computed: {
    far() {
      return this.zoom < FAR.zoom ? Math.min(FAR.largest, Math.round(FAR.letter / this.zoom)) : 0;
    },
    longest() {
      return this.far ? { ...LONGEST, name: Math.floor(FAR.room / FAR.wide / this.far) } : LONGEST;
    },
    byKey() {
      return new Map(this.boxes.map((box) => [box.key, box]));
    },
    places() {
      const places = new Map();
      for (const box of this.boxes) {
        if (box.whole) places.set(box.whole.key, { box, y: box.y + HEAD / 2, on: box.whole.on });
        box.columns.forEach((column, i) => places.set(column.key, { box, y: box.y + HEAD + (i + 0.5) * LINE, on: column.on }));
      }
      return places;
    },
    // The columns that the one under the pointer or the focus comes from and leads to.
    way() {
      if (this.over === null) return new Set();
      const way = new Set([this.over]);
      for (const [from, to] of [[0, 1], [1, 0]]) {
        const next = [this.over];
        while (next.length) {
          const here = next.pop();
          for (const flow of this.flows)
            if (flow[from] === here && !way.has(flow[to])) way.add(flow[to]) && next.push(flow[to]);
        }
      }
      return way;
    },
    ways() {
      return new Map(this.edges.map((edge) => [edge.from + " " + edge.to, edge.way]));
    },
    arrows() {
      const all = this.edges.flatMap((edge) => {
        const [a, b] = [this.byKey.get(edge.from), this.byKey.get(edge.to)];
        if (!a || !b) return [];
        const lit = this.beside === edge.from || this.beside === edge.to;
        return [{ ...edge, lit, key: pair(a, b), d: curve(a.x + a.w, a.y + HEAD / 2, edge.way, b.x, b.y + HEAD / 2) }];
      });
      // Arrows share their way: those that are pointed out lie above the others.
      return all.sort((one, other) => one.lit - other.lit || one.on - other.on);
    },
    threads() {
      return this.flows.flatMap(([from, to, kind]) => {
        const [a, b] = [this.places.get(from), this.places.get(to)];
        const on = a?.on && b?.on;
        const lit = this.way.has(from) && this.way.has(to);
        if (!a || !b || a.box === b.box || !(on || lit)) return [];
        const way = this.ways.get(pair(a.box, b.box)) ?? [];
        return [{ key: from + " " + to, kind, d: curve(a.box.x + a.box.w, a.y, way, b.box.x, b.y) }];
      });
    },
  },
  methods: {
    localLink: (href) => almenara.localLink(href),
    // Long names differ at their ends as often as at their beginnings: what is cut is the middle.
    short(name, most) {
      const letters = [...name];
      if (letters.length <= most) return name;
      const head = Math.floor((most - 1) / 3);
      return letters.slice(0, head).join("") + "…" + letters.slice(head + 1 - most).join("");
    },
    shortColumn(column) {
      const label = Math.min(COLUMN.room / 2, column.labels.length * COLUMN.label);
      return this.short(column.name, Math.floor((COLUMN.room - label) / COLUMN.letter));
    },
    spoken(box) {
      const beside = [box.above && box.above + " more upstream", box.below && box.below + " more downstream"];
      const told = [box.name, box.hand_over ? "" : box.look.label, box.why, box.loop && "reads and writes itself", ...beside];
      return told.filter(Boolean).join(", ");
    },
    // Where no dataset is there is nothing to look from, but the job that takes over.
    goes: (box) =>
      box.hand_over
        ? { icon: "play_circle", title: "To the pipeline that takes over", spoken: "Pipeline " + box.job }
        : { icon: "my_location", title: "Look from here", spoken: "Look from " + box.name },
    tip: (box) => [box.namespace + " / " + box.name + " · " + box.look.label, box.why].filter(Boolean).join("\n"),
    enter(box) {
      this.at = box.key;
      this.beside = box.key;
    },
    open(box) {
      this.at = box.key;
      if (!this.dragged) this.$emit("open", box.key);
    },
    look(key) {
      const box = this.byKey.get(key);
      const pane = this.$refs.pane;
      if (!box || !pane) return;
      pane.scrollLeft = (box.x + box.w / 2) * this.zoom - pane.clientWidth / 2;
      pane.scrollTop = (box.y + HEAD) * this.zoom - pane.clientHeight / 2;
    },
    set_zoom(zoom) {
      this.zoom = zoom;
      this.$nextTick(() => this.look(this.at));
    },
    step(by) {
      const nearest = ZOOMS.reduce((a, b) => (Math.abs(b - this.zoom) < Math.abs(a - this.zoom) ? b : a));
      this.set_zoom(ZOOMS[Math.min(ZOOMS.length - 1, Math.max(0, ZOOMS.indexOf(nearest) + by))]);
    },
    fitting() {
      const pane = this.$refs.pane;
      return Math.min(1, pane.clientWidth / this.size[0], pane.clientHeight / this.size[1]);
    },
    fit() {
      const free = (this.$refs.pane.clientHeight - 2 * TOOLS) / this.size[1];
      this.set_zoom(Math.max(0.05, Math.min(this.fitting(), free)));
    },
    key(event) {
      if (event.key === "+" || event.key === "-") return this.step(event.key === "+" ? 1 : -1);
      const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
      const here = this.byKey.get(this.at);
      if (!way || !here) return;
      event.preventDefault();
      const next = this.next(here, way);
      if (!next) return;
      this.at = next.key;
      this.$nextTick(() => this.$refs.pane.querySelector(`[data-box="${next.key}"]`)?.focus());
    },
    next(here, [dx, dy]) {
      const ahead = this.boxes.filter((box) => (dx ? (box.x - here.x) * dx > 0 : box.x === here.x && (box.y - here.y) * dy > 0));
      const far = (box) => Math.abs(box.x - here.x) * 1e4 + Math.abs(box.y + box.h / 2 - here.y - here.h / 2);
      return ahead.reduce((best, box) => (best && far(best) <= far(box) ? best : box), null);
    },
    grab(event) {
      this.dragged = false;
      if (event.button || event.pointerType === "touch") return;
      const pane = this.$refs.pane;
      this.drag = { x: event.clientX + pane.scrollLeft, y: event.clientY + pane.scrollTop, at: [event.clientX, event.clientY] };
    },
    move(event) {
      if (!this.drag || !event.buttons) return (this.drag = null);
      const [x, y] = this.drag.at;
      if (Math.abs(event.clientX - x) + Math.abs(event.clientY - y) > 5) this.dragged = true;
      if (!this.dragged) return;
      this.$refs.pane.scrollLeft = this.drag.x - event.clientX;
      this.$refs.pane.scrollTop = this.drag.y - event.clientY;
    },
  },
  template: `
    <div class="al-graph">
      <div class="al-graph-tools" role="group" aria-label="Size of the picture">
        <button type="button" @click="step(-1)" aria-label="Smaller" title="Smaller (-)"><q-icon name="remove" /></button>
        <button type="button" @click="step(1)" aria-label="Larger" title="Larger (+)"><q-icon name="add" /></button>
        <button type="button" @click="fit" aria-label="Show everything" title="Show everything"><q-icon name="fit_screen" /></button>
      </div>
      <div ref="pane" class="al-graph-pane" :style="{ height: Math.min(620, Math.max(220, size[1] + 16)) + 'px' }"
           role="group" :aria-label="title" @keydown="key" @pointerdown="grab" @pointermove="move" @pointerleave="drag = null">
        <div :style="{ width: size[0] * zoom + 'px', height: size[1] * zoom + 'px' }" class="al-graph-room">
          <div :style="{ width: size[0] + 'px', height: size[1] + 'px', transform: 'scale(' + zoom + ')', '--far': far + 'px' }"
               :class="['al-graph-all', { far }]">
            <svg :width="size[0]" :height="size[1]" :class="{ calm: boxes.some((box) => box.columns.some((column) => column.on)) }"
                 aria-hidden="true">
              <defs>
                <marker v-for="kind in ['plain', 'strong']" :key="kind" :id="'al-tip-' + kind" :class="kind"
                        viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"
                        orient="auto"><path d="M0,0.5L8,4L0,7.5z" /></marker>
              </defs>
              <path v-for="arrow in arrows" :key="arrow.key" :d="arrow.d" :class="['arrow', { on: arrow.on, lit: arrow.lit }]"
                    :marker-end="arrow.lit ? 'url(#al-tip-strong)' : 'url(#al-tip-plain)'"><title>{{ arrow.title }}</title></path>
              <path v-for="thread in threads" :key="thread.key" :d="thread.d" :class="['thread', thread.kind]"
                    marker-end="url(#al-tip-strong)"><title>{{ thread.kind }}</title></path>
            </svg>
            <div v-for="box in boxes" :key="box.key" :class="['al-box', 'tone-' + box.look.tone, { center: box.center, 'hand-over': box.hand_over }]"
                 :style="{ left: box.x + 'px', top: box.y + 'px', width: box.w + 'px', height: box.h + 'px' }"
                 @pointerenter="beside = box.key" @pointerleave="beside = null">
              <div class="al-box-head">
                <component :is="opens ? 'button' : 'a'" :type="opens ? 'button' : undefined" class="al-box-name"
                        :href="opens ? undefined : localLink(box.href)" :data-box="box.key" :tabindex="box.key === at ? 0 : -1"
                        :aria-expanded="opens ? box.opened || box.center : undefined" :aria-label="spoken(box)"
                        :title="tip(box)" draggable="false"
                        @click="opens && open(box)" @focus="enter(box)" @blur="beside = null">
                  <q-icon :name="box.look.icon" /><b>{{ box.hand_over ? "hand-over" : short(box.name, longest.name) }}</b>
                  <span>{{ box.hand_over ? short("to " + box.job, longest.hand_over) : short(box.namespace, longest.namespace) }}</span>
                </component>
                <a v-if="opens && !box.center" :href="localLink(box.href)" class="al-box-go" draggable="false"
                   :tabindex="box.key === at ? 0 : -1" :aria-label="goes(box).spoken" :title="goes(box).title"><q-icon :name="goes(box).icon" /></a>
                <q-icon v-if="box.loop" name="sync" class="al-box-loop" title="Reads and writes itself" />
              </div>
              <a v-for="column in box.columns" :key="column.key" :href="localLink(column.href)" draggable="false"
                 :class="['al-box-column', { on: column.on, way: way.has(column.key) }]" :tabindex="box.key === at ? 0 : -1"
                 :title="column.name + (column.labels ? ' · ' + column.labels : '')"
                 :aria-label="column.name + (column.labels ? ' ' + column.labels : '')"
                 @pointerenter="over = column.key" @pointerleave="over = null" @focus="over = column.key" @blur="over = null">
                <span>{{ shortColumn(column) }}</span><em v-if="column.labels">{{ column.labels }}</em></a>
              <div v-if="box.hidden && box.columns.length" class="al-box-more">{{ box.hidden }} more</div>
              <span v-if="box.above" class="al-box-beside above" :title="box.above + ' more upstream'" aria-hidden="true">‹ +{{ box.above }}</span>
              <span v-if="box.below" class="al-box-beside below" :title="box.below + ' more downstream'" aria-hidden="true">+{{ box.below }} ›</span>
            </div>
          </div>
        </div>
      </div>
    </div>`,
};
