// Log lines that open at a click or with Enter. Records are plain data and only ever put in as text.
export default {
  props: { records: Array },
  data: () => ({ early: [], late: [], open: new Set(), limit: 1000 }),
  watch: {
    records() {
      this.early = [];
      this.late = [];
      this.open = new Set();
    },
  },
  computed: {
    lines() {
      return [...this.early, ...this.records, ...this.late];
    },
  },
  methods: {
    append(records) {
      const stuck = this.atBottom();
      this.late = [...this.late, ...records];
      if (stuck) this.$nextTick(() => (this.$el.scrollTop = this.$el.scrollHeight));
    },
    prepend(records) {
      this.early = [...records, ...this.early].slice(0, this.limit);
    },
    atBottom() {
      const box = this.$el;
      return box.scrollHeight > box.clientHeight && box.scrollTop + box.clientHeight > box.scrollHeight - 40;
    },
    toggle(id) {
      this.open.has(id) ? this.open.delete(id) : this.open.add(id);
    },
    expand_all(yes) {
      this.open = new Set(yes ? this.lines.map((line) => line.id) : []);
    },
    href: (path) => (window.path_prefix ?? "") + path,
  },
  template: `
    <div class="al-logs" role="log" aria-live="off" tabindex="0" aria-label="Log lines">
      <div v-for="line in lines" :key="line.id" :class="['al-log', 'tone-' + line.tone]">
        <button type="button" class="al-log-line" :aria-expanded="open.has(line.id)" @click="toggle(line.id)">
          <time :title="line.absolute">{{ line.clock }}</time>
          <span class="al-level"><q-icon v-if="line.icon" :name="line.icon" />{{ line.level }}</span>
          <span class="al-log-from">{{ line.origin }}</span>
          <span class="al-log-text"><span class="al-message">{{ line.message }}</span>
            <span v-for="field in line.brief" :key="field[0]" class="al-field">
              <b>{{ field[0] }}</b>={{ field[1] }}</span></span>
          <q-icon :name="open.has(line.id) ? 'expand_less' : 'expand_more'" class="al-log-arrow" />
        </button>
        <div v-if="open.has(line.id)" class="al-log-detail">
          <div class="al-log-links">
            <a v-for="link in line.links" :key="link.href" :href="href(link.href)">{{ link.text }}</a>
          </div>
          <dl class="al-pairs">
            <template v-for="field in line.fields" :key="field[0]">
              <dt>{{ field[0] }}</dt>
              <dd><pre>{{ field[1] }}</pre>
                <button v-if="field[2]" type="button" class="al-mini" :aria-label="'Only lines with ' + field[2]"
                        @click="$emit('condition', field[2])"><q-icon name="filter_alt" /></button></dd>
            </template>
          </dl>
        </div>
      </div>
    </div>`,
};
