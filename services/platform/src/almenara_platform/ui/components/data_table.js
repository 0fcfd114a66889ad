// Rows of cells as plain data: text is only ever put in as text, and links only lead into this console.
const Cell = {
  props: { cell: [Object, String, Number] },
  computed: {
    c() {
      return this.cell !== null && typeof this.cell === "object" ? this.cell : { text: this.cell ?? "–" };
    },
    href() {
      return this.localLink(this.c.href);
    },
  },
  methods: { localLink: (href) => almenara.localLink(href) },
  template: `
    <div v-if="c.bars" class="al-bars" role="img" :aria-label="c.title">
      <a v-for="bar in c.bars" :key="bar.href" :href="localLink(bar.href)" :title="bar.title" tabindex="-1"
         :class="['al-bar', 'tone-' + bar.tone]"><i :style="{ height: bar.height + '%' }"></i></a>
    </div>
    <div v-else-if="c.tags" class="al-tags">
      <template v-for="(tag, i) in c.tags" :key="i">
        <span v-if="c.way && i" class="al-quiet" aria-label="to">→</span>
        <component :is="tag.href ? 'a' : 'span'" :href="localLink(tag.href)" :title="tag.title"
                   class="al-tag">{{ tag.text }}</component>
      </template>
      <span v-if="!c.tags.length" class="al-quiet">–</span>
    </div>
    <div v-else :title="c.title">
      <component :is="href ? 'a' : 'span'" :href="href" :class="{ mono: c.mono, 'al-clip': c.clip }">
        <span v-if="c.look" :class="['al-state', 'tone-' + c.look.tone]">
          <q-icon v-if="c.look.icon" :name="c.look.icon" />{{ c.look.label }}</span>
        <template v-else>{{ c.text }}</template>
      </component>
      <div v-if="c.sub" :class="['al-sub', c.tone && 'tone-' + c.tone]">{{ c.sub }}</div>
    </div>`,
};

export default {
  components: { Cell },
  props: { columns: Array, rows: Array, caption: String },
  data: () => ({ sortBy: null, descending: false }),
  computed: {
    sorted() {
      if (!this.sortBy) return this.rows;
      const value = (row) => row.cells[this.sortBy]?.sort ?? row.cells[this.sortBy]?.text ?? row.cells[this.sortBy];
      const sign = this.descending ? -1 : 1;
      return [...this.rows].sort((a, b) => sign * compare(value(a), value(b)));
    },
  },
  methods: {
    sort(column) {
      this.descending = this.sortBy === column.name && !this.descending;
      this.sortBy = column.name;
    },
    direction(column) {
      return this.sortBy !== column.name ? "none" : this.descending ? "descending" : "ascending";
    },
  },
  template: `
    <div class="al-table-box">
      <table class="al-table" :aria-label="caption">
        <thead><tr>
          <th v-for="column in columns" :key="column.name" scope="col" :class="column.align"
              :aria-sort="column.sortable ? direction(column) : undefined">
            <button v-if="column.sortable" type="button" @click="sort(column)">{{ column.label }}
              <q-icon :name="direction(column) === 'descending' ? 'arrow_downward' : 'arrow_upward'"
                      :class="{ unseen: sortBy !== column.name }" /></button>
            <template v-else>{{ column.label }}</template>
          </th>
        </tr></thead>
        <tbody>
          <tr v-for="row in sorted" :key="row.key">
            <td v-for="column in columns" :key="column.name" :class="column.align">
              <Cell :cell="row.cells[column.name]" />
            </td>
          </tr>
        </tbody>
      </table>
    </div>`,
};

function compare(a, b) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}
