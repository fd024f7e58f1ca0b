//! Writes a file.

use bailiwick_sdk::context::Refusal;
use bailiwick_sdk::document::Item;
use bailiwick_sdk::kit::table::write_row;
use bailiwick_sdk::plugin::Encode;

use crate::message::Message;
use crate::table::{Layout, RowWriter, Settings, order};

const LINE_END: &[u8] = b"\r\n";

/// Writes a file: a header row, then a row a document.
pub(crate) struct Writer {
    message: &'static Message,
    settings: Settings,
    layout: Layout,
    /// The columns that are written, in order.
    order: Vec<usize>,
    row: RowWriter,
    byte_order_mark: bool,
    begun: bool,
}

impl Writer {
    /// A writer of a message.
    pub(crate) fn new(message: &'static Message, settings: Settings) -> Self {
        let layout = Layout::of(message.kinds);
        let mut writer = Self {
            message,
            settings,
            layout,
            order: Vec::new(),
            row: RowWriter::default(),
            byte_order_mark: false,
            begun: false,
        };
        writer.arrange(&[]);
        writer
    }

    /// Decides the columns: those of a header that this format wrote, otherwise all, in both cases only
    /// columns that the agency may get.
    fn arrange(&mut self, header: &[bailiwick_sdk::value::Name]) {
        let placements = self.message.name == "placements";
        let wanted = self.settings.config.placement_columns.as_deref().filter(|_| placements);
        self.order = order(&self.layout, header, wanted);
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        if !self.begun {
            self.begun = true;
            if self.byte_order_mark {
                out.extend_from_slice(b"\xEF\xBB\xBF");
            }
            let names = self.order.iter().filter_map(|place| self.layout.columns.get(*place));
            write_row(out, names.map(|column| column.name.as_bytes()), LINE_END);
        }
    }
}

impl Encode for Writer {
    fn push(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), Refusal> {
        if let Item::Header(header) = &item {
            if !self.begun {
                self.arrange(&header.columns);
                self.byte_order_mark = header.byte_order_mark;
            }
            return Ok(());
        }
        let name = item.kind();
        let kinds = self.message.kinds;
        let found = kinds.iter().zip(&self.layout.places).find(|(kind, _)| kind.name == name);
        let Some((kind, places)) = found else {
            return Err(Refusal::unsupported(format_args!(
                "items of the kind {name} in `{}`",
                self.message.name
            )));
        };
        (kind.write)(item, &mut self.row, &self.layout, places, &mut self.settings)?;
        if kinds.len() > 1 {
            self.row.set(0, name);
        }
        self.begin(out);
        write_row(out, self.row.cells(&self.order), LINE_END);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        self.begin(out);
        Ok(())
    }
}
