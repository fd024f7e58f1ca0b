//! 委案 tables of Chinese banks as CSV in UTF-8, GBK or GB18030, and their return files.
